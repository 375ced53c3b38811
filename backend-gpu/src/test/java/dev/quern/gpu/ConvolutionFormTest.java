package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.ProductPrecision;
import dev.quern.expr.Expr;
import dev.quern.gpu.driver.TensorConvolution;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which convolutions cuDNN is given, and how they are told to it.
class ConvolutionFormTest {
    private static final Expr SUM = Expr.arg(0, DType.F32);
    private static final Expr BIASED = SUM.plus(Expr.arg(1, DType.F32));
    private static final View X = dense(0, 3, 16, 5, 7);
    private static final View W = dense(1, 24, 16, 3, 3);
    private static final View Y = dense(2, 3, 24, 5, 7);
    private static final View BIAS = dense(3, 24, 1, 1).expand(3, 24, 5, 7);

    private static View dense(int buffer, int... dims) {
        return View.dense(buffer, DType.F32, dims);
    }

    private static Kernel.Geometry pads(int low, int high, int inputDilation, int batchGroups) {
        return new Kernel.Geometry(
                List.of(1, 1),
                List.of(1, 1),
                List.of(low, low),
                List.of(high, high),
                List.of(inputDilation, inputDilation),
                1,
                batchGroups);
    }

    private static Kernel.Convolve kernel(View x, View w, Kernel.Geometry geometry, Expr ending, View y, View... more) {
        return new Kernel.Convolve(x, w, null, null, geometry, DType.F32, List.of(more), ending, y);
    }

    private static List<ConvolutionForm> forms(Kernel.Convolve kernel) {
        return ConvolutionForm.of(kernel, ProductPrecision.F32);
    }

    private static Expr relu(Expr x) {
        return Expr.select(x.le(x.like(0)), x.like(0), x);
    }

    @Test
    void rowsAndChannelsLast() {
        ConvolutionForm rows = forms(kernel(X, W, pads(1, 1, 1, 1), SUM, Y)).getFirst();
        assertThat(rows.convolution().x().strides()).containsExactly(560, 35, 7, 1);
        assertThat(rows.convolution().hasChannelsLast()).isFalse();
        assertThat(rows.rest()).isEmpty();
        ConvolutionForm last = forms(kernel(
                        dense(0, 3, 5, 7, 16).permute(0, 3, 1, 2),
                        dense(1, 24, 3, 3, 16).permute(0, 3, 1, 2),
                        pads(1, 1, 1, 1),
                        SUM,
                        dense(2, 3, 5, 7, 24).permute(0, 3, 1, 2)))
                .getFirst();
        assertThat(last.convolution().x().strides()).containsExactly(560, 1, 112, 16);
        assertThat(last.convolution().weights()).containsExactly(24, 16, 3, 3);
        assertThat(last.convolution().hasChannelsLast()).isTrue();
        assertThat(last.copiesWeights()).isFalse();
    }

    @Test
    void endings() {
        TensorConvolution relu = forms(kernel(X, W, pads(1, 1, 1, 1), relu(BIASED), Y, BIAS))
                .getFirst()
                .convolution();
        assertThat(relu.isRelu()).isTrue();
        assertThat(relu.hasBias()).isTrue();
        Expr both = BIASED.plus(Expr.arg(2, DType.F32));
        ConvolutionForm residual = forms(kernel(X, W, pads(1, 1, 1, 1), relu(both), Y, dense(4, 3, 24, 5, 7), BIAS))
                .getFirst();
        assertThat(residual.convolution().addsZ()).isTrue();
        assertThat(residual.z()).isEqualTo(dense(4, 3, 24, 5, 7));
        assertThat(residual.bias()).isEqualTo(BIAS);
        // where the call cannot finish, a kernel does
        assertThat(forms(kernel(X, W, pads(1, 1, 1, 1), BIASED, Y, BIAS)))
                .extracting(f -> f.rest().isPresent())
                .containsExactly(false, true);
        // Relu is to be had with a bias only
        assertThat(forms(kernel(X, W, pads(1, 1, 1, 1), relu(SUM), Y)))
                .extracting(f -> f.rest().isPresent())
                .containsExactly(true);
        View turned = dense(4, 3, 24, 7, 5).permute(0, 1, 3, 2);
        assertThat(forms(kernel(X, W, pads(1, 1, 1, 1), both, Y, turned, BIAS)))
                .extracting(f -> f.rest().isPresent())
                .containsExactly(true);
    }

    @Test
    void halvesHaveTheEndingInTheCallOrNone() {
        View x = View.dense(0, DType.F16, 3, 16, 5, 7);
        View w = View.dense(1, DType.F16, 24, 16, 3, 3);
        View y = View.dense(2, DType.F16, 3, 24, 5, 7);
        Expr rounded = new Expr.Cast(DType.F16, SUM);
        assertThat(forms(kernel(x, w, pads(1, 1, 1, 1), rounded, y))).hasSize(1);
        assertThat(forms(kernel(x, w, pads(1, 1, 1, 1), new Expr.Cast(DType.F16, SUM.erf()), y)))
                .isEmpty();
    }

    @Test
    void oneAxisIsTwo() {
        Kernel.Geometry line = new Kernel.Geometry(List.of(2), List.of(3), List.of(4), List.of(4), List.of(1), 2, 1);
        TensorConvolution c = forms(kernel(dense(0, 3, 16, 20), dense(1, 24, 8, 3), line, SUM, dense(2, 3, 24, 11)))
                .getFirst()
                .convolution();
        assertThat(c.x().dims()).containsExactly(3, 16, 1, 20);
        assertThat(c.x().strides()).containsExactly(320, 20, 20, 1);
        assertThat(c.weights()).containsExactly(24, 8, 1, 3);
        assertThat(List.of(c.pads(), c.strides(), c.dilations()))
                .containsExactly(List.of(0, 4), List.of(1, 2), List.of(1, 3));
        assertThat(c.groups()).isEqualTo(2);
    }

    @Test
    void slicesLieAsTheyDo() {
        View slice = dense(0, 3, 20, 5, 7).slice(1, 4, 16, 1);
        TensorConvolution c =
                forms(kernel(slice, W, pads(1, 1, 1, 1), SUM, Y)).getFirst().convolution();
        assertThat(c.x().strides()).containsExactly(700, 35, 7, 1);
        // not at a multiple of 16 bytes
        assertThat(forms(kernel(dense(0, 3, 20, 5, 7).slice(1, 1, 16, 1), W, pads(1, 1, 1, 1), SUM, Y)))
                .isEmpty();
    }

    private static View turned(View w) {
        return w.slice(2, w.dim(2) - 1, w.dim(2), -1).slice(3, w.dim(3) - 1, w.dim(3), -1);
    }

    @Test
    void weightsThatAreTurnedRoundAreThoseOfAGradient() {
        View turned = turned(dense(1, 16, 24, 3, 3).permute(1, 0, 2, 3));
        List<ConvolutionForm> both = forms(kernel(X, turned, pads(1, 1, 1, 1), SUM, Y));
        assertThat(both)
                .extracting(f -> f.convolution().result())
                .containsExactly(TensorConvolution.Result.INPUT, TensorConvolution.Result.OUTPUT);
        assertThat(both.getFirst().w()).isEqualTo(dense(1, 16, 24, 3, 3));
        assertThat(both.getFirst().x()).isEqualTo(Y);
        assertThat(both.getFirst().y()).isEqualTo(X);
        assertThat(both.getFirst().convolution().pads()).containsExactly(1, 1);
        // as a convolution like any other they are copied
        ConvolutionForm form = both.getLast();
        assertThat(form.copiesWeights()).isTrue();
        assertThat(form.weightsCopy(9).orElseThrow().outputs()).containsExactly(dense(9, 24, 16, 3, 3));
        // a copy of what is as large as the input would not pay
        View gradient = dense(1, 16, 24, 4, 6).permute(1, 0, 2, 3);
        assertThat(forms(kernel(X, gradient, pads(0, 0, 1, 1), SUM, dense(2, 3, 24, 2, 2))))
                .isEmpty();
    }

    /// From 5 × 7 of steps of 2 with 3 taps: an input of 9 × 13 or, one row and column more, of 10 × 14.
    @Test
    void gradientsOfInputsWithSteps() {
        View turned = turned(dense(1, 16, 24, 3, 3).permute(1, 0, 2, 3));
        for (int more : new int[] {0, 1}) {
            View dx = dense(2, 3, 24, 9 + more, 13 + more);
            TensorConvolution c = forms(kernel(X, turned, pads(1, 1 + more, 2, 1), SUM.times(0.5), dx))
                    .getFirst()
                    .convolution();
            assertThat(c.result()).isEqualTo(TensorConvolution.Result.INPUT);
            assertThat(c.strides()).containsExactly(2, 2);
            assertThat(c.weights()).containsExactly(16, 24, 3, 3);
            assertThat(c.alpha()).isEqualTo(0.5);
        }
        // weights that are not turned round are, in a copy
        assertThat(forms(kernel(X, W, pads(1, 1, 2, 1), SUM, dense(2, 3, 24, 9, 13))))
                .extracting(ConvolutionForm::copiesWeights)
                .containsExactly(true);
        // a bias is added by a kernel
        assertThat(forms(kernel(X, turned, pads(1, 1, 2, 1), BIASED, dense(2, 3, 24, 9, 13), BIAS)))
                .extracting(f -> f.rest().isPresent())
                .containsExactly(true);
    }

    /// In two groups, the kernel has 6 channels of the gradient of x for 8 channels of that of y each.
    @Test
    void gradientsOfInputsInGroups() {
        View copied = turned(dense(1, 12, 8, 3, 3));
        Kernel.Geometry two =
                new Kernel.Geometry(List.of(1, 1), List.of(1, 1), List.of(1, 1), List.of(1, 1), List.of(1, 1), 2, 1);
        ConvolutionForm form =
                forms(kernel(X, copied, two, SUM, dense(2, 3, 12, 5, 7))).getFirst();
        assertThat(form.convolution().result()).isEqualTo(TensorConvolution.Result.INPUT);
        assertThat(form.convolution().weights()).containsExactly(16, 6, 3, 3);
        assertThat(form.w()).isEqualTo(dense(1, 2, 6, 8, 3, 3).permute(0, 2, 1, 3, 4));
        assertThat(form.weightsCopy(9).orElseThrow().outputs()).containsExactly(dense(9, 2, 8, 6, 3, 3));
    }

    /// With images as channels: 16 of 5 × 7 by 24 of 3 × 4, between which steps of 2 were taken.
    @Test
    void gradientsOfWeights() {
        View x = dense(0, 3, 16, 5, 7).permute(1, 0, 2, 3);
        View dy = dense(1, 3, 24, 3, 4).permute(1, 0, 2, 3);
        View dw = dense(2, 24, 16, 3, 3).permute(1, 0, 2, 3);
        Kernel.Geometry steps =
                new Kernel.Geometry(List.of(1, 1), List.of(2, 2), List.of(1, 1), List.of(1, 1), List.of(1, 1), 1, 1);
        ConvolutionForm form = forms(kernel(x, dy, steps, SUM, dw)).getFirst();
        TensorConvolution c = form.convolution();
        assertThat(c.result()).isEqualTo(TensorConvolution.Result.WEIGHTS);
        assertThat(form.x()).isEqualTo(X);
        assertThat(form.y()).isEqualTo(dense(1, 3, 24, 3, 4));
        assertThat(form.w()).isEqualTo(dense(2, 24, 16, 3, 3));
        assertThat(c.strides()).containsExactly(2, 2);
        assertThat(c.dilations()).containsExactly(1, 1);
        // in three groups
        ConvolutionForm grouped = forms(kernel(X, W, pads(1, 1, 1, 3), SUM, dense(2, 1, 24, 5, 7)))
                .getFirst();
        assertThat(grouped.convolution().groups()).isEqualTo(3);
        assertThat(grouped.convolution().weights()).containsExactly(24, 1, 5, 7);
        // what is not written as the library writes it
        assertThat(forms(kernel(x, dy, steps, SUM, dense(2, 16, 24, 3, 3)))).isEmpty();
    }

    @Test
    void whatItDoesNotTake() {
        assertThat(forms(kernel(X, W, pads(0, 2, 1, 1), SUM, Y))).isEmpty();
        assertThat(forms(kernel(X, W, pads(-1, -1, 1, 1), SUM, dense(2, 3, 24, 1, 3))))
                .isEmpty();
        assertThat(forms(kernel(X.slice(3, 0, 1, 1).expand(3, 16, 5, 7), W, pads(1, 1, 1, 1), SUM, Y)))
                .isEmpty();
        assertThat(forms(kernel(View.dense(0, DType.I8, 3, 16, 5, 7), W, pads(1, 1, 1, 1), SUM, Y)))
                .isEmpty();
    }

    @Test
    void roundsAsFarAsItMay() {
        assertThat(ConvolutionForm.of(kernel(X, W, pads(1, 1, 1, 1), SUM, Y), ProductPrecision.TF32)
                        .getFirst()
                        .convolution()
                        .precision())
                .isEqualTo(ProductPrecision.TF32);
    }
}
