package dev.quern.onnx;

import dev.quern.onnx.proto.OperatorSetIdProto;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The operator sets that a written file needs: ai.onnx, and the domains that nodes ask for, in the versions of one
/// release; domains of others in the version that they were read in.
final class OpsetUse {
    private final Release release;
    private final Map<String, Long> versions = new TreeMap<>();

    OpsetUse(Release release) {
        this.release = release;
        use("");
    }

    Release release() {
        return release;
    }

    void use(String domain) {
        use(domain, 1);
    }

    /// @param version of a domain that does not belong to ONNX
    void use(String domain, long version) {
        boolean ofOnnx = domain.isEmpty() || domain.equals(Row.ML);
        versions.merge(domain, ofOnnx ? release.version(domain) : version, Math::max);
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
