package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.gpu.driver.MatrixProduct;
import dev.quern.gpu.driver.MatrixProduct.Activation;
import dev.quern.gpu.driver.Products.Addresses;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Products;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Models whose products a library does.
class LibraryProductsTest extends LibraryWorkTest<RecordingProducts> {
    private static final Tensor X = Tensor.of(filled(24 * 32), 24, 32);

    /// The model of this class.
    static final Layers LAYERS = new Layers(LibraryProductsTest::model, X, 3, 24 * 32 * 32, "f32[32,32] × f32[32,24]");

    private static final Names NAMES = new Names(
            "products", "cuBLASLt", List.of("libcublasLt.so.13", "libcublasLt.so.12"), "cublasLt", "nvidia-cublas");

    LibraryProductsTest() {
        super(new RecordingProducts(), NAMES, LAYERS);
    }

    private static float[] filled(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = i % 7 - 3;
        }
        return values;
    }

    /// Three layers: bias and Relu, bias and Gelu, product alone.
    private static Model model(CudaBackend backend) {
        GraphBuilder g = new GraphBuilder("layers");
        Value x = g.input("x", Type.tensor(DType.F32, 24, 32));
        Value w = g.parameter("w", Tensor.of(filled(32 * 32), 32, 32));
        Value b = g.parameter("b", Tensor.of(filled(32), 32));
        Value y = g.apply(Activations.RELU, g.apply(Arithmetic.ADD, g.apply(new Products.MatMul(), x, w), b));
        Value z = g.apply(new Activations.Gelu(true), g.apply(Arithmetic.ADD, g.apply(new Products.MatMul(), y, w), b));
        g.output("y", g.apply(new Products.MatMul(), z, w));
        return Model.of(g.build(), ModelOptions.defaults().backend(backend));
    }

    @Override
    Stream<Long> workspaces() {
        return library.run.stream().map(Addresses::workspace);
    }

    @Override
    long[] aliveInStandIn() {
        return StandIn.aliveInProducts();
    }

    @Test
    void theEndOfALayerIsInItsCall() {
        try (CudaBackend backend = backend();
                Model model = model(backend)) {
            model.run(X);
            assertThat(library.chosen.stream().map(MatrixProduct::activation))
                    .containsExactly(Activation.RELU, Activation.GELU, Activation.NONE);
            assertThat(library.chosen.stream().map(MatrixProduct::hasBias)).containsExactly(true, true, false);
        }
    }
}
