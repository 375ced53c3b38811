package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.onnx.proto.ExternalInliner;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.session.ModelException;
import dev.quern.session.ModelFormat;
import dev.quern.session.ModelInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Writes models as ONNX. Where the nodes are still those of the file that was read, only changed parameters are
/// replaced, and everything else is written as it was.
final class OnnxExport {
    private OnnxExport() {}

    static void save(Graph graph, ModelInfo info, Optional<ModelFormat.Source> source, Path file) {
        if (!(source.orElse(null) instanceof OnnxSource onnx) || !hasSameNodes(graph, onnx.graph())) {
            throw new ModelException(file + ": the graph of " + info.producer() + " is not the one that was read; only"
                    + " parameters may change");
        }
        try {
            OnnxWriter.write(patch(onnx, graph), file);
        } catch (IOException e) {
            throw new ModelException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static boolean hasSameNodes(Graph graph, Graph read) {
        if (graph.nodes().size() != read.nodes().size()) {
            return false;
        }
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node a = graph.nodes().get(i);
            Node b = read.nodes().get(i);
            if (!a.op().equals(b.op()) || !a.origins().equals(b.origins())) {
                return false;
            }
        }
        return true;
    }

    private static ModelProto patch(OnnxSource source, Graph graph) {
        // the new file may stand in another folder than the weights of the old one
        ModelProto whole = ExternalInliner.inline(source.model(), source.external());
        return whole.withGraph(OnnxPatch.apply(whole.graph(), source.graph(), graph));
    }
}
