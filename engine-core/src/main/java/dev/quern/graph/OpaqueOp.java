package dev.quern.graph;

import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// An operator that this library does not know, kept so that inspect, convert and export work on any file.
/// It cannot run.
///
/// @param domain the operator's domain, empty for ai.onnx
/// @param name the operator's name
/// @param version the opset version of the domain that the model imports
/// @param outputs how many outputs the node has
/// @param reason why it is opaque, in one clear line
/// @param original the node as its format knows it, for writing it back
public record OpaqueOp(
        String domain, String name, long version, int outputs, String reason, Optional<Original> original)
        implements Op {

    /// A node of a file, which only the format that read it understands.
    public interface Original {}

    /// An operator of which no file knows more.
    public OpaqueOp(String domain, String name, long version, int outputs, String reason) {
        this(domain, name, version, outputs, reason, Optional.empty());
    }

    /// Nothing is known of the results; they are typed as tensors of unknown rank until something better is
    /// known.
    @Override
    public List<Type> infer(Operands in) {
        return Collections.nCopies(outputs, Type.tensor(dev.quern.tensor.DType.F32, Shape.UNRANKED));
    }

    @Override
    public boolean isDifferentiable() {
        return false;
    }
}
