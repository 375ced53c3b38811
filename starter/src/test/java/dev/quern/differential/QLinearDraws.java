package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.row;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/// Quantized operators of com.microsoft.
final class QLinearDraws {
    private static final Agreement ROUNDED = Agreement.CLOSE.roundedToInteger();

    private QLinearDraws() {}

    private static OperatorDraw own(String name, Consumer<NodeDraw> recipe) {
        return row(13, name, n -> recipe.accept(n.domain("com.microsoft").agreement(ROUNDED)));
    }

    static List<OperatorDraw> rows() {
        return List.of(
                own("QLinearAdd", QLinearDraws::two),
                own("QLinearMul", QLinearDraws::two),
                own("QLinearLeakyRelu", n -> {
                    one(n, n.solid(1, 4));
                    n.with("alpha", n.real(0.05, 0.5));
                }),
                own("QLinearSigmoid", n -> one(n, n.solid(1, 4))),
                own("QLinearGlobalAveragePool", n -> {
                    one(n, n.from(1, 2), n.from(1, 5), n.from(1, 6), n.from(1, 6));
                    n.with("channels_last", 0);
                }),
                own("QLinearAveragePool", n -> {
                    one(n, n.from(1, 2), n.from(1, 5), n.from(3, 8), n.from(3, 8));
                    n.with("kernel_shape", new long[] {n.from(1, 3), n.from(1, 3)})
                            .with("channels_last", 0);
                    n.with("strides", new long[] {n.from(1, 2), n.from(1, 2)});
                    n.with("count_include_pad", n.from(0, 1));
                }),
                own("QLinearSoftmax", n -> {
                    // A certain 1 is 256 steps: ONNX Runtime makes 0 of it where it is alone.
                    Tensor x = n.of(Fill.ANY, DType.U8, n.from(1, 4), n.from(2, 9));
                    scale(n);
                    zero(n, x.dtype());
                    n.fresh(Tensor.scalar(DType.F32, 1.0 / 256), 0);
                    n.fresh(Tensor.zeros(DType.U8), 0);
                    n.with("axis", -1).with("opset", 13);
                }),
                own("QLinearConcat", n -> {
                    DType dtype = n.oneOf(DType.U8, DType.I8);
                    scale(n);
                    zero(n, dtype);
                    long rows = n.positive();
                    for (int i = n.from(1, 3); i > 0; i--) {
                        n.fresh(Fill.ANY.draw(new Random(n.from(0, 999)), dtype, rows, n.positive()), 50);
                        scale(n);
                        zero(n, dtype);
                    }
                    n.with("axis", 1);
                }),
                own("QLinearWhere", n -> {
                    DType dtype = n.oneOf(DType.U8, DType.I8);
                    long[] shape = n.solid(1, 3);
                    n.of(Fill.ANY, DType.BOOL, shape);
                    for (int i = 0; i < 2; i++) {
                        n.of(Fill.ANY, dtype, shape);
                        scale(n);
                        zero(n, dtype);
                    }
                    scale(n);
                    zero(n, dtype);
                }),
                own("DynamicQuantizeMatMul", n -> {
                    long k = n.positive();
                    long c = n.positive();
                    DType dtype = n.oneOf(DType.U8, DType.I8);
                    n.of(Fill.FINITE, DType.F32, n.positive(), k);
                    n.fresh(Fill.FINITE.draw(new Random(n.from(0, 999)), dtype, k, c), 0);
                    scale(n);
                    if (n.chance(60)) {
                        zero(n, dtype);
                    }
                    // One step of the quantized operand, at most.
                    n.agreement(new Agreement(8, k * 100.0 * 8, 0));
                }),
                own("MatMulIntegerToFloat", n -> {
                    long k = n.positive();
                    n.of(Fill.FINITE, DType.U8, n.positive(), k);
                    DType dtype = n.oneOf(DType.U8, DType.I8);
                    n.fresh(Fill.FINITE.draw(new Random(n.from(0, 999)), dtype, k, n.positive()), 0);
                    scale(n);
                    scale(n);
                    if (n.chance(60)) {
                        zero(n, DType.U8);
                        zero(n, dtype);
                    }
                    n.agreement(Agreement.sum(k, 400));
                }),
                own("QGemm", n -> {
                    long k = n.positive();
                    long c = n.positive();
                    n.of(Fill.FINITE, DType.U8, n.positive(), k);
                    scale(n);
                    zero(n, DType.U8);
                    n.fresh(Fill.FINITE.draw(new Random(n.from(0, 999)), DType.I8, k, c), 0);
                    scale(n);
                    zero(n, DType.I8);
                    if (n.chance(50)) {
                        n.of(Fill.FINITE, DType.I32, c);
                    } else {
                        n.absent();
                    }
                    scale(n);
                    zero(n, DType.U8);
                }));
    }

    private static void scale(NodeDraw n) {
        n.fresh(Tensor.scalar(DType.F32, (double) n.real(0.05, 0.5)), 0);
    }

    private static void zero(NodeDraw n, DType dtype) {
        n.fresh(Tensor.scalar(dtype, (long) n.from(0, 9)), 0);
    }

    private static void one(NodeDraw n, long... shape) {
        DType dtype = n.oneOf(DType.U8, DType.I8);
        n.of(Fill.ANY, dtype, shape);
        scale(n);
        zero(n, dtype);
        scale(n);
        zero(n, dtype);
    }

    private static void two(NodeDraw n) {
        DType dtype = n.oneOf(DType.U8, DType.I8);
        long[] shape = n.solid(1, 3);
        n.of(Fill.ANY, dtype, shape);
        scale(n);
        zero(n, dtype);
        n.of(Fill.ANY, dtype, n.broadcastable(shape));
        scale(n);
        zero(n, dtype);
        scale(n);
        zero(n, dtype);
    }
}
