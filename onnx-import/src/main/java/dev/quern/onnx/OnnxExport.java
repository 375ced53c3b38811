package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.OpaqueOp;
import dev.quern.onnx.proto.ExternalInliner;
import dev.quern.onnx.proto.ExternalSplitter;
import dev.quern.onnx.proto.FunctionProto;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.StringStringEntryProto;
import dev.quern.op.ControlFlow;
import dev.quern.session.ModelContents;
import dev.quern.session.ModelException;
import dev.quern.session.ModelFormat;
import dev.quern.session.ModelInfo;
import dev.quern.session.SaveOptions;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Writes models as ONNX. Where the nodes are still those of the file that was read, only changed parameters
/// are replaced, and everything else is written as it was ([OnnxPatch]); else the graph is written anew
/// ([GraphExport]).
final class OnnxExport {
    private static final System.Logger LOG = System.getLogger(OnnxExport.class.getName());

    /// The version of the file format with functions.
    private static final int FUNCTIONS_SINCE = 8;

    private OnnxExport() {}

    static ModelContents save(
            Graph graph, ModelInfo info, Optional<ModelFormat.Source> source, Path file, SaveOptions options) {
        Optional<OnnxSource> read = source.filter(OnnxSource.class::isInstance).map(OnnxSource.class::cast);
        ModelProto model = switch (options.form()) {
            case PATCH ->
                read.filter(s -> isPatch(s, graph))
                        .map(s -> patched(s, graph, file))
                        .orElseThrow(() -> new ModelException(
                                file + ": the graph is not the one that was read; it can only be rewritten"));
            case REWRITE -> rewritten(graph, info, read, file, options);
            case PATCH_OR_REWRITE ->
                read.filter(s -> isPatch(s, graph))
                        .map(s -> patched(s, graph, file))
                        .orElseGet(() -> rewritten(graph, info, read, file, options));
        };
        try {
            ModelProto split = ExternalSplitter.split(model, file, options.weightsFile());
            OnnxWriter.write(split, file);
            return OnnxContents.ofFile(split, file);
        } catch (IOException e) {
            throw new ModelException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static boolean isPatch(OnnxSource source, Graph graph) {
        Graph read = source.graph();
        return hasNodesOf(read, graph) && OnnxPatch.hasPlaces(source.model().graph(), read, graph);
    }

    /// Whether the nodes of two graphs are the same, within bodies too; their parameters may differ.
    private static boolean hasNodesOf(Graph read, Graph graph) {
        if (graph.nodes().size() != read.nodes().size()
                || !graph.outputNames().equals(read.outputNames())
                || !inputs(graph).equals(inputs(read))) {
            return false;
        }
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node a = graph.nodes().get(i);
            Node b = read.nodes().get(i);
            if (!isSame(a.op(), b.op()) || !a.origins().equals(b.origins())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSame(Op now, Op read) {
        if (now instanceof ControlFlow a
                && read instanceof ControlFlow b
                && a.bodies().size() == b.bodies().size()
                && a.with(b.bodies()).equals(b)) {
            return IntStream.range(0, a.bodies().size())
                    .allMatch(i -> hasNodesOf(b.bodies().get(i), a.bodies().get(i)));
        }
        return now.equals(read);
    }

    private static List<String> inputs(Graph graph) {
        return graph.inputs().stream().map(v -> v.name() + ": " + v.type()).toList();
    }

    private static ModelProto patched(OnnxSource source, Graph graph, Path file) {
        LOG.log(Level.DEBUG, "{0}: patched, the nodes are those that were read", file);
        // the new file may stand in another folder than the weights of the old one
        ModelProto whole = ExternalInliner.inline(source.model(), source.external());
        return whole.withGraph(OnnxPatch.apply(whole.graph(), source.graph(), graph));
    }

    private static ModelProto rewritten(
            Graph graph, ModelInfo info, Optional<OnnxSource> source, Path file, SaveOptions options) {
        Release release =
                options.opset().isPresent() ? Release.of(options.opset().getAsInt()) : OpsetChoice.of(graph);
        OpsetUse opsets = new OpsetUse(release);
        GraphProto written = GraphExport.write(graph, opsets);
        GraphProto proto = source.map(s -> DeclaredShapes.of(s, graph, written)).orElse(written);
        LOG.log(Level.DEBUG, "{0}: rewritten, with operator sets {1}", file, opsets);
        List<StringStringEntryProto> metadata = info.metadata().entrySet().stream()
                .map(e -> new StringStringEntryProto(e.getKey(), e.getValue()))
                .toList();
        // nodes that are written as they were may call functions of their file
        boolean unknown = graph.nodes().stream().anyMatch(n -> n.op() instanceof OpaqueOp);
        List<FunctionProto> functions =
                source.filter(s -> unknown).map(s -> s.model().functions()).orElse(List.of());
        int irVersion = functions.isEmpty() ? release.irVersion() : Math.max(FUNCTIONS_SINCE, release.irVersion());
        ModelProto model = options.bare()
                ? ModelProto.of(irVersion, "", "", NodeNames.dropped(proto), opsets.imports())
                : ModelProto.of(irVersion, "quern", version(), proto, opsets.imports());
        return model.withMetadataProps(metadata).withFunctions(functions);
    }

    private static String version() {
        return Optional.ofNullable(OnnxExport.class.getPackage().getImplementationVersion())
                .orElse("");
    }
}
