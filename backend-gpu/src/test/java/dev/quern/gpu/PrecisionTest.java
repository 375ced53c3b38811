package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backend;
import dev.quern.backend.Backends;
import dev.quern.backend.ProductPrecision;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arranging.Transpose;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Sliding;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Products whose operands are rounded, on the [StandIn], which multiplies what the instructions multiply by plain
/// arithmetic and whose libraries round to nearest. The bound is that of [ProductPrecision].
@EnabledIf(value = "dev.quern.gpu.StandIn#isHere", disabledReason = "no g++ here, which makes the stand-in for CUDA")
class PrecisionTest {
    private static final Backend KERNELS = new CudaBackend(StandIn.accelerator(Long.MAX_VALUE));
    private static final Backend LIBRARIES = new CudaBackend(StandIn.accelerator(1));
    private static final Sliding PADDED =
            new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(2, 1), List.of());

    private final Random random = new Random(7);

    /// What is multiplied: extents that no tile divides.
    enum Work {
        PRODUCT(83),
        TRANSPOSED(83),
        CONVOLUTION(11 * 9);

        private final int depth;

        Work(int depth) {
            this.depth = depth;
        }

        private int[] a() {
            return switch (this) {
                case PRODUCT -> new int[] {2, 70, 83};
                case TRANSPOSED -> new int[] {70, 83};
                case CONVOLUTION -> new int[] {2, 22, 17, 13};
            };
        }

        private int[] b() {
            return switch (this) {
                case PRODUCT -> new int[] {83, 37};
                case TRANSPOSED -> new int[] {37, 83};
                case CONVOLUTION -> new int[] {40, 11, 3, 3};
            };
        }

        private Graph graph(DType dtype) {
            GraphBuilder g = new GraphBuilder("product");
            Value x = g.input("a", Type.tensor(dtype, Shape.of(a())));
            Value w = g.input("b", Type.tensor(dtype, Shape.of(b())));
            g.output(
                    "y",
                    switch (this) {
                        case PRODUCT -> g.apply(new MatMul(), x, w);
                        case TRANSPOSED -> g.apply(new MatMul(), x, g.apply(new Transpose(List.of(1, 0)), w));
                        case CONVOLUTION -> g.apply(new Conv(PADDED, 2), x, w);
                    });
            return g.build();
        }

        Tensor run(DType dtype, Backend backend, ProductPrecision precision, Tensor x, Tensor w) {
            ModelOptions options = ModelOptions.defaults().backend(backend).precision(precision);
            try (Model model = Model.of(graph(dtype), options)) {
                return (Tensor) model.run(Map.of("a", x, "b", w)).get("y");
            }
        }

        Tensor exact(Tensor x, Tensor w) {
            return run(DType.F64, Backends.prefer("reference"), ProductPrecision.F32, x, w);
        }
    }

    /// Who multiplies.
    enum By {
        KERNELS,
        LIBRARIES;

        Backend backend() {
            return this == KERNELS ? PrecisionTest.KERNELS : PrecisionTest.LIBRARIES;
        }

        /// By how much an operand is off; cuDNN has no units of 8 bits that take `f32`.
        double unitRoundoff(Work work, ProductPrecision asked) {
            boolean isTf32 = this == LIBRARIES && work == Work.CONVOLUTION && asked == ProductPrecision.BF16;
            return (isTf32 ? ProductPrecision.TF32 : asked).unitRoundoff();
        }
    }

    private static Tensor tensor(DType dtype, DoubleSupplier element, int... dims) {
        Tensor t = Tensor.zeros(dtype, Shape.of(dims));
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, element.getAsDouble());
        }
        return t;
    }

    /// Both signs, and so far from 0 that it is a normal number in every format.
    private double normal() {
        return (random.nextBoolean() ? 1 : -1) * (0.1 + random.nextDouble());
    }

    private static Tensor wide(Tensor t, boolean isAbsolute) {
        Tensor w = Tensor.zeros(DType.F64, t.shape());
        for (int i = 0; i < t.length(); i++) {
            w.elements().set(i, isAbsolute ? Math.abs(t.getDouble(i)) : t.getDouble(i));
        }
        return w;
    }

    static Stream<Arguments> rounded() {
        return Arrays.stream(Work.values())
                .flatMap(w -> Stream.of(ProductPrecision.TF32, ProductPrecision.BF16, ProductPrecision.F16)
                        .flatMap(p -> Arrays.stream(By.values()).map(by -> Arguments.of(w, p, by))));
    }

    @ParameterizedTest
    @MethodSource("rounded")
    void sumsAreOffByRoundedOperandsAndNoMore(Work work, ProductPrecision precision, By by) {
        Tensor x = tensor(DType.F32, this::normal, work.a());
        Tensor w = tensor(DType.F32, this::normal, work.b());
        Tensor got = work.run(DType.F32, by.backend(), precision, x, w);
        Tensor exact = work.exact(wide(x, false), wide(w, false));
        Tensor magnitude = work.exact(wide(x, true), wide(w, true));
        double u = by.unitRoundoff(work, precision);
        double share = (1 + u) * (1 + u) - 1 + work.depth * 0x1p-23;
        double most = 0;
        for (int i = 0; i < got.length(); i++) {
            double off = Math.abs(got.getDouble(i) - exact.getDouble(i));
            assertThat(off).as("sum %d", i).isLessThanOrEqualTo(share * magnitude.getDouble(i));
            most = Math.max(most, off / magnitude.getDouble(i));
        }
        // were the operands whole, it would be a hundredth of this
        assertThat(most).as("the largest share of Σ|a|·|b|").isGreaterThan(u / 20);
        assertThat(by.backend().remarks()).noneMatch(r -> r.contains("generated kernel: "));
    }

    /// Small integers have few bits, and so do their products and sums.
    @ParameterizedTest
    @MethodSource("rounded")
    void operandsOfFewBitsGiveExactSums(Work work, ProductPrecision precision, By by) {
        Tensor x = tensor(DType.F32, () -> random.nextInt(-128, 129), work.a());
        Tensor w = tensor(DType.F32, () -> random.nextInt(-128, 129), work.b());
        Tensor got = work.run(DType.F32, by.backend(), precision, x, w);
        Tensor exact = work.exact(wide(x, false), wide(w, false));
        for (int i = 0; i < got.length(); i++) {
            assertThat(got.getDouble(i)).isEqualTo(exact.getDouble(i));
        }
    }

    @ParameterizedTest
    @MethodSource("works")
    void unlessAskedForProductsAreExact(Work work) {
        Tensor x = tensor(DType.F32, this::normal, work.a());
        Tensor w = tensor(DType.F32, this::normal, work.b());
        Tensor reference = work.run(DType.F32, Backends.prefer("reference"), ProductPrecision.BF16, x, w);
        assertThat(work.run(DType.F32, KERNELS, ProductPrecision.F32, x, w).array())
                .isEqualTo(reference.array());
    }

    static Stream<Work> works() {
        return Arrays.stream(Work.values());
    }

    @ParameterizedTest
    @MethodSource("rounded")
    void whatIsNoNumberStays(Work work, ProductPrecision precision, By by) {
        Tensor x = tensor(DType.F32, () -> Double.NaN, work.a());
        Tensor infinite = tensor(DType.F32, () -> Double.POSITIVE_INFINITY, work.a());
        Tensor w = tensor(DType.F32, () -> 1, work.b());
        Tensor nan = work.run(DType.F32, by.backend(), precision, x, w);
        Tensor all = work.run(DType.F32, by.backend(), precision, infinite, w);
        for (int i = 0; i < nan.length(); i++) {
            assertThat(nan.getDouble(i)).isNaN();
            assertThat(all.getDouble(i)).isEqualTo(Double.POSITIVE_INFINITY);
        }
    }
}
