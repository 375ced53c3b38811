package dev.quern.onnx;

import dev.quern.onnx.proto.OperatorSetIdProto;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The operator sets that a written file needs: of each domain the base version, or the newest that one of
/// the nodes asks for.
final class OpsetUse {
    /// Read by the runtimes of the last years; newer operators raise it.
    static final int BASE = 21;

    private static final int ML_BASE = 3;

    private final Map<String, Long> versions = new TreeMap<>(Map.of("", (long) BASE));

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
