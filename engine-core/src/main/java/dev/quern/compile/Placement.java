package dev.quern.compile;

import dev.quern.backend.Backend;
import dev.quern.backend.Backends;
import dev.quern.graph.HostOp;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.tensor.Type;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Decides for each node whether it runs on the backend that was asked for, on the one for what that refuses, or on the
/// host, and why.
final class Placement {
    private final Backend first;
    private @Nullable Backend other;
    private final Map<Node, Place> places = new IdentityHashMap<>();

    Placement(Backend first) {
        this.first = first;
    }

    /// Where a node runs.
    sealed interface Place {}

    /// @param reason why it is not the backend that was asked for; empty where it is
    record OnBackend(Backend backend, String reason) implements Place {}

    record OnHost(String reason) implements Place {}

    Backend first() {
        return first;
    }

    /// The order of places within a level.
    int turn(Place place) {
        return switch (place) {
            case OnBackend(Backend ignored, String reason) -> reason.isEmpty() ? 0 : 1;
            case OnHost ignored -> 2;
        };
    }

    Place of(Node n) {
        return places.computeIfAbsent(n, this::decide);
    }

    private Place decide(Node n) {
        for (Value v : n.inputs()) {
            if (isHostOnly(v.type())) {
                return new OnHost("operand %" + v.name() + " is a " + v.type());
            }
        }
        for (Value v : n.outputs()) {
            if (isHostOnly(v.type())) {
                return new OnHost("result %" + v.name() + " is a " + v.type());
            }
        }
        Optional<String> refused = refused(n);
        if (n.op() instanceof HostOp && !(refused.isEmpty() && isClaimed(n, first))) {
            return !first.name().equals("cpu") && isClaimed(n, other())
                    ? new OnBackend(other(), "only " + other().name() + " has a kernel for the operator")
                    : new OnHost("the operator runs on the host");
        }
        return refused.<Place>map(why -> new OnBackend(other(), why)).orElseGet(() -> new OnBackend(first, ""));
    }

    private Backend other() {
        if (other == null) {
            other = Backends.besides(first);
        }
        return other;
    }

    private Optional<String> refused(Node n) {
        return Stream.concat(n.inputs().stream(), n.outputs().stream())
                .map(v -> first.refuses(v.dtype()))
                .flatMap(Optional::stream)
                .findFirst()
                .or(() -> first.refuses(
                        n.op(),
                        n.inputs().stream().map(v -> v.type().asTensor()).toList()));
    }

    /// Whether the backend has a kernel of its own for an operator of the host. That lays out the operator's
    /// weights once, so they must be constants.
    private static boolean isClaimed(Node n, Backend backend) {
        return n.op().weightOperands().stream()
                        .allMatch(i -> n.input(i).constant().isPresent())
                && backend.claims(
                        n.op(),
                        n.inputs().stream().map(v -> v.type().asTensor()).toList());
    }

    private static boolean isHostOnly(Type type) {
        return !(type instanceof Type.TensorType t) || t.dtype().isHostOnly();
    }
}
