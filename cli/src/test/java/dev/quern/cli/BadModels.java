package dev.quern.cli;

import dev.quern.onnx.proto.Bytes;
import dev.quern.onnx.proto.DataType;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.TensorData;
import dev.quern.onnx.proto.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// Files that are no models, made from one that is.
record BadModels(Path folder) {
    static final Path GOOD = Path.of("..", "fixtures", "models", "digits-mlp", "model.onnx");

    /// Every file by what is wrong with it.
    Map<String, Path> all() throws IOException {
        Map<String, Path> all = new TreeMap<>();
        byte[] good = Files.readAllBytes(GOOD);
        all.put("an empty file", write("empty.onnx", new byte[0]));
        all.put("a text", write("text.onnx", "this is no model\n".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        for (int share : new int[] {1, 10, 50, 99}) {
            all.put(
                    "truncated to " + share + " %",
                    write("truncated" + share + ".onnx", Arrays.copyOf(good, good.length * share / 100)));
        }
        all.put("a cycle", changed("cycle.onnx", BadModels::cycle));
        all.put(
                "2^62 elements",
                changed(
                        "huge.onnx",
                        g -> firstWeight(
                                g,
                                t -> t.withData(
                                        DataType.FLOAT,
                                        new long[] {1L << 31, 1L << 31},
                                        TensorData.raw(Bytes.of(new byte[16]))))));
        all.put(
                "2^62 elements in 2^64 bytes",
                changed(
                        "overflow.onnx",
                        g -> firstWeight(
                                g,
                                t -> t.withData(
                                        DataType.FLOAT,
                                        new long[] {1L << 62},
                                        TensorData.raw(Bytes.of(new byte[0]))))));
        all.put(
                "external data outside",
                changed(
                        "outside.onnx",
                        g -> firstWeight(g, t -> t.withData(TensorData.external("../../etc/passwd", 0, 64)))));
        all.put(
                "external data of the system",
                changed(
                        "absolute.onnx",
                        g -> firstWeight(g, t -> t.withData(TensorData.external("/etc/passwd", 0, 64)))));
        Files.createSymbolicLink(folder.resolve("link.bin"), Path.of("/etc/passwd"));
        Files.createSymbolicLink(folder.resolve("linked"), Path.of("/etc"));
        all.put(
                "external data behind a link",
                changed("link.onnx", g -> firstWeight(g, t -> t.withData(TensorData.external("link.bin", 0, 64)))));
        all.put(
                "external data in a linked folder",
                changed(
                        "linked.onnx",
                        g -> firstWeight(g, t -> t.withData(TensorData.external("linked/passwd", 0, 64)))));
        all.put(
                "external data that is missing",
                changed(
                        "missing.onnx",
                        g -> firstWeight(g, t -> t.withData(TensorData.external("missing.bin", 0, 64)))));
        all.put(
                "an unknown operator",
                changed(
                        "unknown.onnx",
                        g -> g.withNodes(g.nodes().stream()
                                .map(n -> NodeProto.of("", "Frobnicate", n.name(), n.inputs(), n.outputs(), List.of()))
                                .toList())));
        all.put(
                "an input that nothing makes",
                changed(
                        "dangling.onnx",
                        g -> g.withNodes(g.nodes().subList(1, g.nodes().size()))));
        all.put("no such file", folder.resolve("absent.onnx"));
        all.put("a directory", Files.createDirectories(folder.resolve("directory.onnx")));
        return all;
    }

    /// The first node waits for the last.
    private static GraphProto cycle(GraphProto g) {
        List<NodeProto> nodes = new ArrayList<>(g.nodes());
        List<String> inputs = new ArrayList<>(nodes.getFirst().inputs());
        inputs.set(0, nodes.getLast().outputs().getFirst());
        nodes.set(0, nodes.getFirst().withInputs(inputs));
        return g.withNodes(nodes);
    }

    private static GraphProto firstWeight(GraphProto g, UnaryOperator<TensorProto> change) {
        List<TensorProto> weights = new ArrayList<>(g.initializers());
        weights.set(0, change.apply(weights.getFirst()));
        return g.withInitializers(weights);
    }

    private Path changed(String name, UnaryOperator<GraphProto> change) throws IOException {
        ModelProto good = OnnxReader.readModel(GOOD);
        return write(name, OnnxWriter.toBytes(good.withGraph(change.apply(good.graph()))));
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }
}
