package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.row;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Random;

/// Quantization, integer products, recurrent layers.
final class QuantizationDraws {
    private QuantizationDraws() {}

    static List<OperatorDraw> rows() {
        return List.of(
                row(10, "QuantizeLinear", n -> {
                    n.any(Fill.FINITE, 0, 4, DType.F32);
                    n.of(Fill.POSITIVE, DType.F32);
                    // Half-way cases hang on how the quotient is rounded.
                    n.agreement(Agreement.CLOSE.roundedToInteger());
                    if (n.chance(80)) {
                        zeroPoint(
                                n,
                                n.opset() >= 21
                                        ? n.oneOf(DType.U8, DType.I8, DType.U16, DType.I16)
                                        : n.oneOf(DType.U8, DType.I8));
                    }
                }),
                row(13, "QuantizeLinear axis", n -> {
                    Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32);
                    int axis = n.axis(x.rank());
                    long extent = x.shape().dim(axis).extent();
                    n.of(Fill.POSITIVE, DType.F32, extent);
                    n.agreement(Agreement.CLOSE.roundedToInteger()).with("axis", axis);
                    zeroPoint(n, n.oneOf(DType.U8, DType.I8), extent);
                }),
                row(10, "DequantizeLinear", n -> {
                    Tensor x = n.any(Fill.ANY, 0, 4, DType.U8, DType.I8, DType.I32);
                    n.of(Fill.POSITIVE, DType.F32);
                    if (n.chance(70)) {
                        zeroPoint(n, x.dtype() == DType.I32 ? null : x.dtype());
                    }
                }),
                row(13, "DequantizeLinear axis", n -> {
                    Tensor x = n.any(Fill.ANY, 1, 4, DType.U8, DType.I8);
                    int axis = n.axis(x.rank());
                    long extent = x.shape().dim(axis).extent();
                    n.of(Fill.POSITIVE, DType.F32, extent);
                    zeroPoint(n, x.dtype(), extent);
                    n.with("axis", axis);
                }),
                row(21, "DequantizeLinear blocks", n -> {
                    long block = n.from(1, 4);
                    long blocks = n.from(1, 3);
                    DType dtype = n.oneOf(DType.U8, DType.I8, DType.U16, DType.I16);
                    n.of(Fill.ANY, dtype, n.from(1, 3), block * blocks, n.from(1, 5));
                    long[] scales = {n.from(1, 1), blocks, 1};
                    n.with("axis", 1).with("block_size", block);
                    n.fresh(Fill.POSITIVE.draw(new Random(n.from(0, 99)), DType.F32, scales), 50);
                }),
                // ONNX Runtime rounds the quotient by another order of operations: within 1.
                row(11, "DynamicQuantizeLinear", n -> {
                    n.any(Fill.FINITE, 1, 4, DType.F32);
                    n.agreement(Agreement.CLOSE.roundedToInteger()).outputs(3);
                }),
                row(10, "QLinearMatMul", n -> {
                    long k = n.positive();
                    DType a = n.oneOf(DType.U8, DType.I8);
                    DType b = a == DType.U8 ? n.oneOf(DType.U8, DType.I8) : DType.I8;
                    n.agreement(Agreement.CLOSE.roundedToInteger());
                    n.of(Fill.ANY, a, n.positive(), k);
                    scale(n);
                    zeroPoint(n, a);
                    n.of(Fill.ANY, b, k, n.positive());
                    scale(n);
                    zeroPoint(n, b);
                    scale(n);
                    zeroPoint(n, a);
                }),
                row(10, "QLinearConv", n -> {
                    long in = n.from(1, 4);
                    long out = n.from(1, 5);
                    int groups = n.from(1, 2);
                    n.agreement(Agreement.CLOSE.roundedToInteger());
                    DType x = n.oneOf(DType.U8, DType.I8);
                    DType w = x == DType.U8 ? n.oneOf(DType.U8, DType.I8) : DType.I8;
                    n.of(Fill.ANY, x, n.from(1, 2), in * groups, n.from(3, 8), n.from(3, 8));
                    scale(n);
                    zeroPoint(n, x);
                    n.fresh(
                            Fill.ANY.draw(new Random(n.from(0, 999)), w, out * groups, in, n.from(1, 3), n.from(1, 3)),
                            0);
                    n.fresh(
                            Fill.POSITIVE.draw(
                                    new Random(n.from(0, 99)),
                                    DType.F32,
                                    n.chance(50) ? new long[0] : new long[] {out * groups}),
                            0);
                    n.fresh(Tensor.zeros(w), 0);
                    scale(n);
                    zeroPoint(n, x);
                    if (n.chance(50)) {
                        n.of(Fill.FINITE, DType.I32, out * groups);
                    }
                    n.with("group", groups);
                }),
                row(7, "RNN", n -> recurrent(n, 1)),
                row(7, "GRU", n -> recurrent(n, 3)),
                row(7, "LSTM", n -> recurrent(n, 4)));
    }

    private static void scale(NodeDraw n) {
        n.fresh(Tensor.scalar(DType.F32, (double) n.real(0.05, 2)), 20);
    }

    private static void zeroPoint(NodeDraw n, DType dtype, long... extents) {
        n.fresh(
                dtype == null ? Tensor.zeros(DType.I32) : Fill.FINITE.draw(new Random(n.from(0, 999)), dtype, extents),
                20);
    }

    private static void recurrent(NodeDraw n, int gates) {
        // An LSTM's cell state goes into its activation unclipped in ONNX Runtime: after one step from nothing it is
        // within every bound anyway.
        boolean clip = n.chance(20);
        long seq = clip && gates == 4 ? 1 : n.from(1, 4);
        long batch = n.from(1, 3);
        long in = n.oneOf(1, 3, 8);
        long hidden = n.oneOf(1, 2, 5, 8);
        String direction = n.oneOf("forward", "reverse", "bidirectional");
        long dirs = direction.equals("bidirectional") ? 2 : 1;
        n.agreement(new Agreement(64, 200, 0));
        n.with("direction", direction).with("hidden_size", hidden);
        n.of(Fill.FINITE, DType.F32, seq, batch, in);
        weight(n, dirs, gates * hidden, in);
        weight(n, dirs, gates * hidden, hidden);
        if (n.chance(60)) {
            weight(n, dirs, 2L * gates * hidden);
        } else {
            n.absent();
        }
        if (n.chance(40)) {
            Tensor lengths = Tensor.zeros(DType.I32, batch);
            for (int i = 0; i < batch; i++) {
                lengths.elements().set(i, (long) n.from(1, (int) seq));
            }
            n.fresh(lengths, 50);
        } else {
            n.absent();
        }
        if (n.chance(50) && !(clip && gates == 4)) {
            n.of(Fill.UNIT, DType.F32, dirs, batch, hidden);
            if (gates == 4) {
                n.of(Fill.UNIT, DType.F32, dirs, batch, hidden);
                if (n.chance(50)) {
                    weight(n, dirs, 3 * hidden);
                }
            }
        }
        if (gates == 3 && n.chance(50)) {
            n.with("linear_before_reset", 1);
        }
        if (clip) {
            n.with("clip", n.real(0.5, 2));
        }
        n.outputs(gates == 4 ? 3 : 2);
    }

    private static void weight(NodeDraw n, long... extents) {
        n.fresh(Fill.UNIT.draw(new Random(n.from(0, 9999)), DType.F32, extents), 10);
    }
}
