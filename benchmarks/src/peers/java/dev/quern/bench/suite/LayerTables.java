package dev.quern.bench.suite;

import dev.quern.bench.kernels.Convolution;
import dev.quern.bench.kernels.Product;
import dev.quern.graph.Graph;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Models of one node: layers of known architectures, with constant weights, and products, as rows of data.
final class LayerTables {
    private LayerTables() {}

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
            new Product(Product.Right.ARGUMENT, 1, 1, 768, 768),
            new Product(Product.Right.ARGUMENT, 1, 128, 768, 768),
            new Product(Product.Right.ARGUMENT, 1, 512, 512, 512),
            new Product(Product.Right.TURNED, 1, 16, 768, 768),
            new Product(Product.Right.TURNED, 1, 512, 512, 512),
            new Product(Product.Right.ARGUMENT, 12, 128, 128, 64),
            new Product(Product.Right.TURNED, 12, 128, 64, 128),
            new Product(Product.Right.ARGUMENT, 12, 384, 384, 32),
            new Product(Product.Right.TURNED, 12, 384, 32, 384),
            new Product(Product.Right.TURNED, 12, 1, 64, 128),
            new Product(Product.Right.ARGUMENT, 12, 1, 128, 64));

    static Map<String, Supplier<Graph>> convolutions() {
        Map<String, Supplier<Graph>> graphs = new LinkedHashMap<>();
        CONVOLUTIONS.forEach(c -> graphs.put("conv" + c, c::graph));
        return graphs;
    }

    static Map<String, Supplier<Graph>> products() {
        Map<String, Supplier<Graph>> graphs = new LinkedHashMap<>();
        PRODUCTS.forEach(p -> graphs.put("matmul-" + p, p::graph));
        return graphs;
    }
}
