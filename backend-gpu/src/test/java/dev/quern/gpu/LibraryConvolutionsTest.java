package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.ProductPrecision;
import dev.quern.gpu.driver.Convolutions.Addresses;
import dev.quern.gpu.driver.TensorConvolution;
import dev.quern.gpu.driver.TensorConvolution.Result;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Convolutions;
import dev.quern.op.Sliding;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Models whose convolutions and gradients of convolutions a library does.
class LibraryConvolutionsTest extends LibraryWorkTest<RecordingConvolutions> {
    private static final Tensor X = filled(2, 8, 12, 10);
    private static final Sliding PADDED =
            new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(), List.of());
    private static final Sliding STRIDED =
            new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(2, 2), List.of());
    private static final Sliding SPREAD =
            new Sliding(Sliding.AutoPad.EXPLICIT, List.of(2, 2, 2, 2), List.of(), List.of(2, 2));

    /// The model of this class.
    static final Layers LAYERS =
            new Layers(LibraryConvolutionsTest::model, X, 4, 2 * 8 * 12 * 10 * 8 * 3 * 3, "f32[2,8,12,10] ∗ [8,8,3,3]");

    private static final Names NAMES =
            new Names("convolutions", "cuDNN", List.of("libcudnn.so.9", "libcudnn.so.8"), "cudnn", "nvidia-cudnn-cu12");

    LibraryConvolutionsTest() {
        super(new RecordingConvolutions(), NAMES, LAYERS);
    }

    private static Tensor filled(int... dims) {
        Tensor t = Tensor.zeros(DType.F32, Shape.of(dims));
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, (i * 5 % 11 - 5) / 4.0);
        }
        return t;
    }

    /// Four layers: bias and Relu; bias, what came in, and Relu; bias, in groups; the convolution alone.
    private static Model model(CudaBackend backend) {
        return model(backend, ProductPrecision.F32);
    }

    private static Model model(CudaBackend backend, ProductPrecision precision) {
        GraphBuilder g = new GraphBuilder("layers");
        Value x = g.input("x", Type.tensor(DType.F32, 2, 8, 12, 10));
        Value w = g.parameter("w", filled(8, 8, 3, 3));
        Value b = g.parameter("b", filled(8));
        Value first = g.apply(Activations.RELU, g.apply(new Convolutions.Conv(PADDED, 1), x, w, b));
        Value sum = g.apply(Arithmetic.ADD, g.apply(new Convolutions.Conv(SPREAD, 1), first, w, b), first);
        Value second = g.apply(Activations.RELU, sum);
        Value v = g.parameter("v", filled(12, 2, 3, 3));
        Value third = g.apply(new Convolutions.Conv(STRIDED, 4), second, v, g.parameter("c", filled(12)));
        g.output("y", g.apply(new Convolutions.Conv(), third, g.parameter("u", filled(6, 12, 3, 2))));
        return Model.of(g.build(), ModelOptions.defaults().backend(backend).precision(precision));
    }

    @Override
    Stream<Long> workspaces() {
        return library.run.stream().map(Addresses::workspace);
    }

    @Override
    long[] aliveInStandIn() {
        return StandIn.aliveInConvolutions();
    }

    @Test
    void theEndOfALayerIsInItsCall() {
        try (CudaBackend backend = backend();
                Model model = model(backend)) {
            model.run(X);
            assertThat(library.chosen.stream().map(TensorConvolution::isRelu))
                    .containsExactly(true, true, false, false);
            assertThat(library.chosen.stream().map(TensorConvolution::addsZ))
                    .containsExactly(false, true, false, false);
            assertThat(library.chosen.stream().map(TensorConvolution::hasBias))
                    .containsExactly(true, true, true, false);
            assertThat(library.chosen.stream().map(TensorConvolution::groups)).containsExactly(1, 1, 4, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(ProductPrecision.class)
    void theLibraryMayRoundAsFarAsIsAskedFor(ProductPrecision precision) {
        try (CudaBackend backend = backend();
                Model model = model(backend, precision)) {
            model.run(X);
            assertThat(library.chosen).hasSize(4).allMatch(c -> c.precision() == precision);
        }
    }

    @Test
    void anEndingThatTheLibraryLacksIsAKernelAfterTheCall() {
        library.needsRelu = true;
        try (CudaBackend backend = backend();
                Model model = model(backend)) {
            model.run(X);
            assertThat(library.run).hasSize(4);
            assertThat(driver.count("launch")).isEqualTo(1);
            assertThat(backend.remarks()).noneMatch(r -> r.contains("by a generated kernel"));
        }
    }

    /// A layer of 8 outputs of 12 × 10, the gradient of which is X.
    enum Layer {
        PLAIN,
        STEPS,
        GROUPS;

        private Convolutions.Conv conv() {
            return new Convolutions.Conv(this == PLAIN ? PADDED : STRIDED, this == GROUPS ? 4 : 1);
        }

        private int[] x() {
            return switch (this) {
                case PLAIN -> new int[] {2, 4, 12, 10};
                case STEPS -> new int[] {2, 4, 24, 19};
                case GROUPS -> new int[] {2, 8, 23, 20};
            };
        }

        private Model gradient(CudaBackend backend, boolean ofWeights) {
            GraphBuilder g = new GraphBuilder("gradient");
            Value dy = g.input("dy", Type.tensor(DType.F32, 2, 8, 12, 10));
            Value input = g.parameter("x", filled(x()));
            Value weights = g.parameter("w", filled(8, x()[1] / conv().group(), 3, 3));
            g.output(
                    "d",
                    ofWeights
                            ? g.apply(new Convolutions.WeightGradient(conv()), dy, input, weights)
                            : g.apply(new Convolutions.InputGradient(conv()), dy, weights, input));
            return Model.of(g.build(), ModelOptions.defaults().backend(backend));
        }
    }

    /// Weights in groups are turned by the program, then back by the call's copy.
    @ParameterizedTest
    @EnumSource(Layer.class)
    void gradientsAreTheLibrarys(Layer layer) {
        for (boolean ofWeights : new boolean[] {false, true}) {
            library.run.clear();
            library.chosen.clear();
            long before = driver.count("launch");
            try (CudaBackend backend = backend();
                    Model model = layer.gradient(backend, ofWeights)) {
                model.run(X);
                assertThat(library.chosen.getFirst().result()).isEqualTo(ofWeights ? Result.WEIGHTS : Result.INPUT);
                assertThat(library.run).hasSize(1);
                assertThat(driver.count("launch") - before).isEqualTo(layer == Layer.GROUPS && !ofWeights ? 2 : 0);
            }
        }
    }

    @Test
    void aGradientThatTheLibraryLacksIsAConvolutionWhoseWeightsAreCopied() {
        library.hasNoGradients = true;
        try (CudaBackend backend = backend();
                Model model = Layer.PLAIN.gradient(backend, false)) {
            model.run(X);
            assertThat(library.chosen)
                    .extracting(TensorConvolution::result)
                    .containsExactly(Result.INPUT, Result.OUTPUT);
            assertThat(library.run).hasSize(1);
            assertThat(driver.count("launch")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Layer.class)
    @EnabledIf("dev.quern.gpu.StandIn#isHere")
    void theStandInGivesTheGradientsThatKernelsGive(Layer layer) {
        for (boolean ofWeights : new boolean[] {false, true}) {
            SameResults.compare(b -> layer.gradient(b, ofWeights), X, StandIn.accelerator(), StandIn.accelerator(1));
        }
    }
}
