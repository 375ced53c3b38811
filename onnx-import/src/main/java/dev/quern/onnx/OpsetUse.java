package dev.quern.onnx;

import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.session.ModelException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/// The operator sets that a written file needs: of each domain the base version, or the newest that one of
/// the nodes asks for.
final class OpsetUse {
    /// Read by the runtimes of the last years; newer operators raise it.
    static final int BASE = 21;

    private static final int ML_BASE = 3;

    private final Map<String, Long> versions;
    private final OptionalInt wanted;

    /// @param wanted the version of ai.onnx that must do
    OpsetUse(OptionalInt wanted) {
        this.wanted = wanted;
        this.versions = new TreeMap<>(Map.of("", (long) wanted.orElse(BASE)));
    }

    /// @throws ModelException where the version that was wanted does not do
    void check() {
        long needed = versions.getOrDefault("", 0L);
        if (wanted.isPresent() && needed > wanted.getAsInt()) {
            throw new ModelException(
                    "the graph cannot be written at opset " + wanted.getAsInt() + " of ai.onnx: it needs " + needed);
        }
    }

    void require(String domain, long since) {
        long base = domain.equals(Row.ML) ? ML_BASE : 1;
        versions.merge(domain, Math.max(base, since), Math::max);
    }

    @Override
    public String toString() {
        return versions.toString();
    }

    List<OperatorSetIdProto> imports() {
        return versions.entrySet().stream()
                .map(e -> new OperatorSetIdProto(e.getKey(), e.getValue()))
                .toList();
    }
}
