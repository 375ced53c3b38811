package dev.quern.bench.suite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Models of one node: layers of known architectures, with constant weights, and products, as rows of data.
final class LayerTables {
    private LayerTables() {}

    /// A convolution of square images, with padding that keeps their extent but for the stride; transposed where
    /// `stride` is negative.
    private record Convolution(int in, int out, int taps, int stride, int dilation, int groups, int extent) {
        String name() {
            String kind = stride < 0 ? "up" + -stride : stride > 1 ? "s" + stride : "";
            String spread = (dilation > 1 ? "d" + dilation : "") + (groups > 1 ? "g" + groups : "");
            return "conv" + taps + "x" + taps + kind + spread + "-" + in + "-" + out + "-" + extent;
        }

        Graph graph() {
            GraphBuilder g = new GraphBuilder(name());
            Layers l = Layers.in(g);
            Value x = g.input("x", type(in, extent, extent));
            g.output(
                    "y",
                    stride < 0
                            ? l.convTranspose(x, in, out, taps, -stride)
                            : l.conv(x, in, out, taps, stride, dilation, groups));
            return g.build();
        }
    }

    private static final List<Convolution> CONVOLUTIONS = List.of(
            // ResNet-50
            new Convolution(3, 64, 7, 2, 1, 1, 224),
            new Convolution(64, 256, 1, 1, 1, 1, 56),
            new Convolution(256, 64, 1, 1, 1, 1, 56),
            new Convolution(64, 64, 3, 1, 1, 1, 56),
            new Convolution(128, 128, 3, 2, 1, 1, 56),
            new Convolution(128, 128, 3, 1, 1, 1, 28),
            new Convolution(512, 128, 1, 1, 1, 1, 28),
            new Convolution(512, 1024, 1, 2, 1, 1, 28),
            new Convolution(256, 256, 3, 1, 1, 1, 14),
            new Convolution(256, 1024, 1, 1, 1, 1, 14),
            new Convolution(512, 512, 3, 1, 1, 1, 7),
            new Convolution(2048, 512, 1, 1, 1, 1, 7),
            // MobileNetV2
            new Convolution(3, 32, 3, 2, 1, 1, 224),
            new Convolution(16, 96, 1, 1, 1, 1, 112),
            new Convolution(96, 96, 3, 2, 1, 96, 112),
            new Convolution(144, 144, 3, 1, 1, 144, 56),
            new Convolution(144, 24, 1, 1, 1, 1, 56),
            new Convolution(192, 192, 5, 1, 1, 192, 28),
            new Convolution(576, 576, 3, 1, 1, 576, 14),
            new Convolution(160, 960, 1, 1, 1, 1, 7),
            // YOLO-like
            new Convolution(3, 16, 3, 2, 1, 1, 320),
            new Convolution(32, 64, 3, 2, 1, 1, 80),
            new Convolution(64, 64, 3, 1, 1, 1, 40),
            new Convolution(256, 128, 1, 1, 1, 1, 20),
            // grouped, dilated, transposed
            new Convolution(128, 128, 3, 1, 1, 32, 56),
            new Convolution(256, 256, 3, 1, 1, 4, 28),
            new Convolution(128, 128, 3, 1, 2, 1, 28),
            new Convolution(256, 256, 3, 1, 4, 1, 28),
            new Convolution(128, 64, 2, -2, 1, 1, 28),
            new Convolution(64, 32, 4, -2, 1, 1, 56));

    /// Where the right side of a product comes from.
    private enum Right {
        CONSTANT,
        ARGUMENT,
        /// An argument [n, k], transposed.
        TURNED
    }

    /// A batch of products [m, k] · [k, n].
    private record Product(Right right, int batch, int m, int k, int n) {
        Product(int m, int k, int n) {
            this(Right.CONSTANT, 1, m, k, n);
        }

        String name() {
            String kind = switch (right) {
                case CONSTANT -> "";
                case ARGUMENT -> "ab-";
                case TURNED -> "abt-";
            };
            return "matmul-" + kind + (batch > 1 ? batch + "x" : "") + m + "-" + k + "-" + n;
        }

        Graph graph() {
            GraphBuilder g = new GraphBuilder(name());
            Layers l = Layers.in(g);
            Value x = g.input("x", matrices(m, k));
            Value y = switch (right) {
                case CONSTANT -> l.weights(k, k, n);
                case ARGUMENT -> g.input("w", matrices(k, n));
                case TURNED ->
                    batch > 1
                            ? l.f().transpose(g.input("w", matrices(n, k)), 0, 2, 1)
                            : l.f().transpose(g.input("w", matrices(n, k)), 1, 0);
            };
            g.output("y", l.f().matMul(x, y));
            return g.build();
        }

        private Type matrices(int rows, int columns) {
            Shape shape = batch > 1
                    ? Shape.of(Dim.of(batch), Dim.of(rows), Dim.of(columns))
                    : Shape.of(Dim.of(rows), Dim.of(columns));
            return Type.tensor(DType.F32, shape);
        }
    }

    private static final List<Product> PRODUCTS = List.of(
            new Product(64, 64, 64),
            new Product(256, 256, 256),
            new Product(512, 512, 512),
            new Product(1024, 1024, 1024),
            new Product(2048, 512, 512),
            new Product(1, 768, 768),
            new Product(1, 4096, 1024),
            new Product(6, 768, 3072),
            new Product(16, 384, 1536),
            new Product(32, 768, 768),
            new Product(128, 384, 384),
            new Product(128, 384, 1536),
            new Product(128, 1536, 384),
            new Product(128, 768, 3072),
            new Product(197, 768, 768),
            new Product(384, 64, 384),
            new Product(2048, 64, 64),
            // skinny and large
            new Product(1, 4096, 4096),
            new Product(2, 1024, 4096),
            new Product(64, 4096, 64),
            new Product(512, 64, 4096),
            // right sides that are arguments, as they are or transposed, and batches: attention
            new Product(Right.ARGUMENT, 1, 1, 768, 768),
            new Product(Right.ARGUMENT, 1, 128, 768, 768),
            new Product(Right.ARGUMENT, 1, 512, 512, 512),
            new Product(Right.TURNED, 1, 16, 768, 768),
            new Product(Right.TURNED, 1, 512, 512, 512),
            new Product(Right.ARGUMENT, 12, 128, 128, 64),
            new Product(Right.TURNED, 12, 128, 64, 128),
            new Product(Right.ARGUMENT, 12, 384, 384, 32),
            new Product(Right.TURNED, 12, 384, 32, 384),
            new Product(Right.TURNED, 12, 1, 64, 128),
            new Product(Right.ARGUMENT, 12, 1, 128, 64));

    private static Type type(int channels, int height, int width) {
        return Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.of(channels), Dim.of(height), Dim.of(width)));
    }

    static Map<String, Supplier<Graph>> convolutions() {
        Map<String, Supplier<Graph>> graphs = new LinkedHashMap<>();
        CONVOLUTIONS.forEach(c -> graphs.put(c.name(), c::graph));
        return graphs;
    }

    static Map<String, Supplier<Graph>> products() {
        Map<String, Supplier<Graph>> graphs = new LinkedHashMap<>();
        PRODUCTS.forEach(p -> graphs.put(p.name(), p::graph));
        return graphs;
    }
}
