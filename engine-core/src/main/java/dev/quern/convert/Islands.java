package dev.quern.convert;

import dev.quern.graph.Glob;
import dev.quern.graph.HasBodies;
import dev.quern.graph.HostOp;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.ControlFlow;
import dev.quern.op.DynamicQuantizeLinear;
import dev.quern.op.Generators;
import dev.quern.op.Passing;
import dev.quern.op.Quantization;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Which nodes keep the type that they compute in, and why.
final class Islands {
    /// Room for inputs that lead to larger values than those that were seen.
    private static final double ROOM = 2;

    /// Constants that are smaller than this throughout would be next to nothing in f16.
    private static final double TINY_IN_F16 = 0x1p-20;

    private final ChangePrecision change;
    private final DType to;
    private final Set<DType> froms;
    private final Predicate<String> kept;
    private final Map<Node, Optional<String>> decided = new IdentityHashMap<>();
    private final Map<ControlFlow, ControlFlow> changed = new IdentityHashMap<>();

    Islands(ChangePrecision change, Set<DType> froms) {
        this.change = change;
        this.to = change.precision().to();
        this.froms = froms;
        this.kept = Glob.any(change.precision().keep());
    }

    /// Why `n` stays as it is; nothing where it changes or has no values that could.
    Optional<String> reason(Node n) {
        return decided.computeIfAbsent(n, this::decide);
    }

    /// Whether `n` only hands a value on that has its old type still: then it is not worth a cast.
    boolean onlyPasses(Node n, Predicate<Value> isNew) {
        return switch (n.op()) {
            case Shaping ignored -> !isNew.test(n.input(0));
            case Arranging ignored -> !isNew.test(n.input(0));
            case Passing ignored -> !isNew.test(n.input(0)) && n.inputs().size() == 1;
            default -> false;
        };
    }

    private Optional<String> decide(Node n) {
        boolean concerned =
                Stream.concat(n.inputs().stream(), n.outputs().stream()).anyMatch(this::changes);
        if (!concerned) {
            return Optional.empty();
        }
        return byOperator(n).or(() -> byValues(n)).or(() -> byTypes(n));
    }

    private boolean changes(Value v) {
        return v.type() instanceof Type.TensorType t && froms.contains(t.dtype());
    }

    private Optional<String> byOperator(Node n) {
        if (kept.test(n.op().name()) || n.origins().stream().anyMatch(kept)) {
            return Optional.of("as asked");
        }
        return switch (n.op()) {
            case OpaqueOp ignored -> Optional.of("the operator is not known");
            case ControlFlow ignored -> Optional.empty();
            case HasBodies ignored -> Optional.of("what is inside keeps its types");
            case HostOp ignored when to.bits() == 16 -> Optional.of("the operator has no " + to);
            case Quantization ignored -> Optional.of("quantises");
            case DynamicQuantizeLinear ignored -> Optional.of("quantises");
            case Generators.Range ignored when to.bits() == 16 -> Optional.of("counts");
            default -> Optional.empty();
        };
    }

    private Optional<String> byValues(Node n) {
        if (change.unstable().contains(n.output(0).name())) {
            return Optional.of("rounded to " + to + ", results would not be finite");
        }
        double most = largest() / ROOM;
        for (Value v : Stream.concat(n.inputs().stream(), n.outputs().stream()).toList()) {
            double magnitude = changes(v) ? change.magnitude(v).orElse(0.0) : 0;
            if (magnitude > most) {
                return Optional.of(
                        String.format(Locale.ROOT, "%%%s reaches %.3g, too much for %s", v.name(), magnitude, to));
            }
            boolean vanishes = v.constant().isPresent() && to == DType.F16 && magnitude > 0 && magnitude < TINY_IN_F16;
            if (vanishes) {
                return Optional.of(
                        String.format(Locale.ROOT, "%%%s is %.3g, too little for %s", v.name(), magnitude, to));
            }
        }
        return Optional.empty();
    }

    private double largest() {
        return switch (to) {
            case F16 -> 65504;
            case BF16 -> 0x1.fep127;
            case F64 -> Double.MAX_VALUE;
            default -> Float.MAX_VALUE;
        };
    }

    /// The operator with bodies of the new type.
    ControlFlow changed(ControlFlow op) {
        return changed.computeIfAbsent(op, change::within);
    }

    private Optional<String> byTypes(Node n) {
        List<Type> types = ChangePrecision.types(n, to, froms);
        Op op = n.op() instanceof ControlFlow control ? changed(control) : n.op();
        try {
            op.infer(Operands.of(types));
        } catch (ShapeException e) {
            return Optional.of("takes no " + to + " there");
        }
        return change.format().takes(op, types) ? Optional.empty() : Optional.of("no such operator on " + to);
    }
}
