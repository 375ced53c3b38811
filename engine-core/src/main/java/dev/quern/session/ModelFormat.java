package dev.quern.session;

import dev.quern.graph.Graph;
import dev.quern.graph.Op;
import dev.quern.tensor.Type;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A file format of models, found through `ServiceLoader` (onnx-import brings ONNX).
public interface ModelFormat {

    /// For example `onnx`.
    String name();

    /// Whether a file of this name is of this format.
    boolean recognises(Path file);

    /// Reads a model; unknown operators become [dev.quern.graph.OpaqueOp]s.
    ///
    /// @throws ModelException where the file is missing, damaged or not of this format
    Loaded load(Path file);

    /// Reads a model to look at it or to write it again: large weights may stay in the file until they are asked
    /// for, so the file must not change meanwhile.
    ///
    /// @throws ModelException where the file is missing, damaged or not of this format
    default Loaded read(Path file) {
        return load(file);
    }

    /// Reads a model from memory; it has no folder, so it may have no external data.
    ///
    /// @throws ModelException where the bytes are damaged or not of this format
    Loaded load(byte[] bytes);

    /// Writes `graph`. Where `source` is present and the graph still has its nodes, only what changed is
    /// replaced in it, so that names, opset, metadata and unknown parts survive; else, or where `options`
    /// say so, the graph is written anew.
    ///
    /// @return what was written
    /// @throws ModelException where the file cannot be written or the graph has no form in this format
    ModelContents save(Graph graph, ModelInfo info, Optional<Source> source, Path file, SaveOptions options);

    /// The file that a model came from, as its format remembers it.
    interface Source {
        /// Whether `op` on operands of these types is something that the format says, written as `options`
        /// want.
        default boolean takes(Op op, List<Type> operands, SaveOptions options) {
            return true;
        }
    }

    /// What was read.
    record Loaded(Graph graph, ModelInfo info, Source source, ModelContents contents) {}
}
