package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.ProductPrecision;
import dev.quern.expr.Expr;
import dev.quern.gpu.driver.MatrixProduct;
import dev.quern.gpu.driver.MatrixProduct.Activation;
import dev.quern.gpu.driver.MatrixProduct.Matrix;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Which products cuBLASLt is asked for, and how.
class ProductFormTest {
    private static final Expr SUM = Expr.arg(0, DType.F32);
    private static final View A = f32(0, 20, 30);
    private static final View B = f32(1, 30, 40);
    private static final View D = f32(2, 20, 40);

    private static View f32(int buffer, int... dims) {
        return View.dense(buffer, DType.F32, dims);
    }

    private static Kernel.Contract contract(View a, View b, Expr epilogue, View d, View... operands) {
        return new Kernel.Contract(a, b, null, null, DType.F32, List.of(operands), epilogue, d);
    }

    private static ProductForm form(View a, View b, Expr epilogue, View d, View... operands) {
        return ProductForm.of(contract(a, b, epilogue, d, operands), ProductPrecision.F32)
                .orElseThrow();
    }

    @Test
    void rowsBecomeColumns() {
        ProductForm form = form(A, B, SUM, D);
        MatrixProduct p = form.product();
        assertThat(List.of(p.m(), p.n(), p.k())).isEqualTo(List.of(40, 20, 30));
        assertThat(p.a()).isEqualTo(new Matrix(40, 0, 256));
        assertThat(p.b()).isEqualTo(new Matrix(30, 0, 256));
        assertThat(p.d()).isEqualTo(new Matrix(40, 0, 256));
        assertThat(p.isTransposedA() || p.isTransposedB() || p.addsC() || p.hasBias())
                .isFalse();
        assertThat(form.rest()).isEmpty();
        assertThat(p).hasToString("f32[40,30] × f32[30,20]");
    }

    @Test
    void transposedFactorsAreReadAsTheyLie() {
        MatrixProduct p = form(f32(0, 30, 20).permute(1, 0), f32(1, 40, 30).permute(1, 0), SUM, D)
                .product();
        assertThat(p.isTransposedA() && p.isTransposedB()).isTrue();
        assertThat(p.a()).isEqualTo(new Matrix(30, 0, 256));
        assertThat(p.b()).isEqualTo(new Matrix(20, 0, 256));
    }

    @Test
    void aTransposedOutputIsNotTransposedAgain() {
        ProductForm form = form(A, B, SUM, f32(2, 40, 20).permute(1, 0));
        assertThat(List.of(form.product().m(), form.product().n())).isEqualTo(List.of(20, 40));
        assertThat(form.product().isTransposedA() && form.product().isTransposedB())
                .isTrue();
    }

    @Test
    void aBatchWithOneMatrixIsOneProduct() {
        MatrixProduct p = form(f32(0, 5, 20, 30), B.expand(5, 30, 40), SUM, f32(2, 5, 20, 40))
                .product();
        assertThat(List.of(p.batch(), p.m(), p.n())).isEqualTo(List.of(1, 40, 100));
    }

    @Test
    void axesOfABatchAreCountedAsOne() {
        MatrixProduct p = form(f32(0, 2, 3, 20, 30), f32(1, 2, 3, 30, 40), SUM, f32(2, 2, 3, 20, 40))
                .product();
        assertThat(p.batch()).isEqualTo(6);
        assertThat(List.of(p.a().stride(), p.b().stride(), p.d().stride())).isEqualTo(List.of(1200L, 600L, 800L));
    }

    /// q · kᵀ of two sentences with three heads of eight numbers side by side.
    @Test
    void axesThatCannotBeCountedAsOneAreCalls() {
        ProductForm form = form(
                f32(0, 2, 10, 3, 8).permute(0, 2, 1, 3),
                f32(1, 2, 12, 3, 8).permute(0, 2, 3, 1),
                SUM.times(0.25),
                f32(2, 2, 3, 10, 12));
        assertThat(form.product().batch()).isEqualTo(3);
        assertThat(form.product().alpha()).isEqualTo(0.25);
        assertThat(form.product().b().leading()).isEqualTo(24);
        assertThat(form.calls())
                .containsExactly(
                        new ProductForm.Offsets(0, 0, 0, 0),
                        new ProductForm.Offsets(4 * 240, 4 * 288, 4 * 360, 4 * 360));
        assertThat(form.product().a().alignment()).isEqualTo(128);
    }

    @Test
    void biasResidualAndActivationAreTheLibrarys() {
        View bias = f32(3, 40).expand(20, 40);
        View residual = f32(4, 20, 40);
        Expr all = SUM.plus(Expr.arg(1, DType.F32)).plus(Expr.arg(2, DType.F32));
        for (Expr relu : List.of(all.max(0), Expr.constant(DType.F32, 0.0).max(all))) {
            ProductForm form = form(A, B, relu, D, bias, residual);
            assertThat(form.product().hasBias() && form.product().addsC()).isTrue();
            assertThat(form.product().activation()).isEqualTo(Activation.RELU);
            assertThat(form.bias()).isEqualTo(bias);
            assertThat(form.c()).isEqualTo(residual);
            assertThat(form.rest()).isEmpty();
        }
        assertThat(form(A, B, ProductEnding.gelu(all), D, bias, residual)
                        .product()
                        .activation())
                .isEqualTo(Activation.GELU);
    }

    /// It adds one number a row of what it computes: ours a column.
    @Test
    void aNumberForEachRowIsNoBias() {
        Kernel.Contract kernel = contract(
                A, B, SUM.plus(Expr.arg(1, DType.F32)), D, f32(3, 20, 1).expand(20, 40));
        ProductForm form = ProductForm.of(kernel, ProductPrecision.F32).orElseThrow();
        assertThat(form.product().hasBias()).isFalse();
        assertThat(form.rest()).isPresent();
    }

    @Test
    void otherEndingsAreLeftToAMap() {
        Expr erf = SUM.times(0.5).times(SUM.times(0.7).erf().plus(1));
        for (Expr e : List.of(erf, SUM.times(SUM), SUM.plus(SUM), Expr.arg(1, DType.F32), SUM.max(1), SUM.plus(3))) {
            ProductForm form = form(A, B, e, D, f32(3, 20, 40));
            assertThat(form.product().activation()).isEqualTo(Activation.NONE);
            Kernel.Map rest = form.rest().orElseThrow();
            assertThat(rest.inputs()).containsExactly(D, f32(3, 20, 40));
            assertThat(rest.outputs()).containsExactly(D);
            assertThat(rest.exprs()).containsExactly(e);
        }
    }

    @Test
    void halvesAreSummedInFloats() {
        View a = View.dense(0, DType.F16, 20, 30);
        View b = View.dense(1, DType.F16, 30, 40);
        View d = View.dense(2, DType.F16, 20, 40);
        Expr rounded = new Expr.Cast(DType.F16, SUM);
        MatrixProduct p = form(a, b, rounded, d).product();
        assertThat(List.of(p.elements(), p.results())).isEqualTo(List.of(DType.F16, DType.F16));
        // between sum and result there is no f32 to keep
        assertThat(ProductForm.of(contract(a, b, new Expr.Cast(DType.F16, SUM.erf()), d), ProductPrecision.F32))
                .isEmpty();
    }

    /// Of 16 bits all are multiplied: equal products are to have equal algorithms.
    @Test
    void onlyFactorsOfF32AreRounded() {
        Kernel.Contract halves = contract(View.dense(0, DType.F16, 20, 30), View.dense(1, DType.F16, 30, 40), SUM, D);
        for (ProductPrecision asked : ProductPrecision.values()) {
            assertThat(ProductForm.of(contract(A, B, SUM, D), asked))
                    .hasValueSatisfying(f -> assertThat(f.product().precision()).isEqualTo(asked));
            assertThat(ProductForm.of(halves, asked))
                    .hasValueSatisfying(f -> assertThat(f.product().precision()).isEqualTo(ProductPrecision.F32));
        }
    }

    private static Kernel.Convolve convolve(View x, View w, int stride, View y, View... operands) {
        Expr all = operands.length == 0 ? SUM : SUM.plus(Expr.arg(1, DType.F32));
        return new Kernel.Convolve(
                x,
                w,
                null,
                null,
                new Kernel.Geometry(
                        List.of(stride, stride), List.of(1, 1), List.of(0, 0), List.of(0, 0), List.of(1, 1), 1, 1),
                DType.F32,
                List.of(operands),
                all,
                y);
    }

    @Test
    void convolutionsOfOneTapAreProducts() {
        View x = f32(0, 3, 16, 5, 7);
        View w = f32(1, 24, 16, 1, 1);
        View y = f32(2, 3, 24, 5, 7);
        View bias = f32(3, 24, 1, 1).expand(3, 24, 5, 7);
        Kernel.Contract product =
                PointwiseConvolution.of(convolve(x, w, 1, y, bias)).orElseThrow();
        ProductForm form = ProductForm.of(product, ProductPrecision.F32).orElseThrow();
        MatrixProduct p = form.product();
        assertThat(List.of(p.batch(), p.m(), p.n(), p.k())).isEqualTo(List.of(3, 35, 24, 16));
        // one number a channel is one a column here
        assertThat(p.hasBias()).isFalse();
        assertThat(form.rest()).isPresent();
    }

    @Test
    void withChannelsAsNeighboursTheirBiasIsTheLibrarys() {
        View x = f32(0, 3, 5, 7, 16).permute(0, 3, 1, 2);
        View w = f32(1, 24, 16, 1, 1);
        View y = f32(2, 3, 5, 7, 24).permute(0, 3, 1, 2);
        View bias = f32(3, 24, 1, 1).expand(3, 24, 5, 7);
        MatrixProduct p = PointwiseConvolution.of(convolve(x, w, 1, y, bias))
                .flatMap(k -> ProductForm.of(k, ProductPrecision.F32))
                .orElseThrow()
                .product();
        assertThat(List.of(p.batch(), p.m(), p.n(), p.k())).isEqualTo(List.of(1, 24, 105, 16));
        assertThat(p.hasBias()).isTrue();
    }

    @Test
    void otherConvolutionsAreNone() {
        assertThat(PointwiseConvolution.of(convolve(f32(0, 3, 16, 5, 7), f32(1, 24, 16, 1, 1), 2, f32(2, 3, 24, 3, 4))))
                .isEmpty();
        assertThat(PointwiseConvolution.of(convolve(f32(0, 3, 16, 5, 7), f32(1, 24, 16, 3, 3), 1, f32(2, 3, 24, 3, 5))))
                .isEmpty();
    }

    @Test
    void whatItDoesNotTake() {
        View integers = View.dense(0, DType.I8, 20, 30);
        View spread = View.of(0, DType.F32, 0, new int[] {20, 30}, new int[] {90, 3});
        assertThat(ProductForm.of(contract(integers, B, SUM, D), ProductPrecision.F32))
                .isEmpty();
        assertThat(ProductForm.of(contract(spread, B, SUM, D), ProductPrecision.F32))
                .isEmpty();
        assertThat(ProductForm.of(
                        new Kernel.Contract(A, B, f32(5).expand(20, 30), null, DType.F32, List.of(), SUM, D),
                        ProductPrecision.F32))
                .isEqualTo(Optional.empty());
        assertThat(ProductForm.of(
                        contract(A.expand(1, 20, 30).slice(1, 0, 20, 1), f32(1, 1, 30, 40), SUM, f32(2, 1, 20, 40)),
                        ProductPrecision.F32))
                .isPresent();
    }
}
