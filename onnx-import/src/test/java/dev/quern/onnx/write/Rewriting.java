package dev.quern.onnx.write;

import dev.quern.graph.Graph;
import dev.quern.onnx.OnnxFormat;
import dev.quern.session.ModelFormat;
import dev.quern.session.ModelInfo;
import dev.quern.session.SaveOptions;
import java.nio.file.Path;
import java.util.Optional;

/// A graph written anew and read again.
final class Rewriting {
    private static final SaveOptions REWRITE = SaveOptions.defaults().with(SaveOptions.Form.REWRITE);

    private Rewriting() {}

    /// At one opset.
    static ModelFormat.Loaded through(Graph graph, Path file, int opset) {
        OnnxFormat format = new OnnxFormat();
        format.save(graph, ModelInfo.none(), Optional.empty(), file, REWRITE.withOpset(opset));
        return format.load(file);
    }

    static ModelFormat.Loaded through(Graph graph, Path file) {
        OnnxFormat format = new OnnxFormat();
        format.save(graph, ModelInfo.none(), Optional.empty(), file, REWRITE);
        return format.load(file);
    }
}
