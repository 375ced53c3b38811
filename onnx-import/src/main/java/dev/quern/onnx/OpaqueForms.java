package dev.quern.onnx;

import dev.quern.graph.OpaqueOp;
import java.util.Optional;
import java.util.OptionalInt;

/// Nodes that are written as they were read: they have their form in the opsets where the standard's operator is
/// still, or already, the one of their file.
final class OpaqueForms {
    private OpaqueForms() {}

    /// Why a node as it was read has no place in a release, if it has none.
    static Optional<String> refusal(OpaqueOp op, Release release) {
        int version = release.version(op.domain());
        boolean ofOnnx = op.domain().isEmpty() || op.domain().equals(Row.ML);
        return !ofOnnx || form(op, version).equals(form(op, op.version()))
                ? Optional.empty()
                : Optional.of("it is written as it was read (" + op.reason() + "), and its form of version "
                        + op.version() + " is not that of version " + version);
    }

    /// The version that the form which an operator has at `version` came with.
    private static Optional<Integer> form(OpaqueOp op, long version) {
        return Schemas.at(op.domain(), op.name(), version).map(Schema::since);
    }

    /// The lowest newer opset that has the node as it was read.
    static OptionalInt lowest(OpaqueOp op, Release release) {
        return release.andNewer().stream()
                .skip(1)
                .filter(r -> refusal(op, r).isEmpty())
                .mapToInt(Release::opset)
                .findFirst();
    }
}
