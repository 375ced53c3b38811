package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.between;
import static dev.quern.differential.OperatorDraw.row;
import static dev.quern.differential.OperatorDraw.until;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.LongStream;

/// Attention and what came with it (opsets 23 and 24), spectra, deformable convolution, operators of the first opsets
/// that ONNX Runtime still has.
final class NewerDraws {
    private static final int LAST = 24;
    private static final Agreement SOFT = new Agreement(64, 400, 0);

    private NewerDraws() {}

    static List<OperatorDraw> rows() {
        return List.of(
                between(23, LAST, "RMSNormalization", n -> {
                    Tensor x = n.of(Fill.DISTINCT, n.type(DType.F32, DType.F64), n.solid(1, 3));
                    n.of(Fill.FINITE, x.dtype(), x.shape().dim(-1).extent());
                    n.agreement(SOFT).with("axis", -1).with("epsilon", n.real(1e-4, 1e-2));
                }),
                between(23, LAST, "RotaryEmbedding", n -> {
                    long size = 2L * n.from(1, 4);
                    long steps = n.from(1, 4);
                    n.of(Fill.UNIT, DType.F32, 1, n.from(1, 3), steps, size);
                    n.of(Fill.UNIT, DType.F32, 1, steps, size / 2);
                    n.of(Fill.UNIT, DType.F32, 1, steps, size / 2);
                    n.with("interleaved", n.from(0, 1)).agreement(Agreement.sum(2, 2));
                }),
                between(23, LAST, "Attention", NewerDraws::attention),
                between(24, LAST, "Swish", n -> {
                    n.agreement(Agreement.FUNCTION).any(Fill.FINITE, 0, 4, DType.F32);
                    n.with("alpha", n.real(0.5, 2));
                }),
                between(24, LAST, "TensorScatter", n -> {
                    long batch = n.from(1, 3);
                    long length = n.from(3, 6);
                    long width = n.from(1, 4);
                    long steps = n.from(1, 3);
                    n.of(Fill.ANY, DType.F32, batch, 2, length, width);
                    n.of(Fill.ANY, DType.F32, batch, 2, steps, width);
                    long[] at = LongStream.range(0, batch)
                            .map(i -> n.from(0, (int) (length - steps)))
                            .toArray();
                    n.fresh(Tensor.of(at, batch), 50);
                    n.with("mode", n.oneOf("linear", "circular")).with("axis", -2);
                }),
                between(17, 19, "DFT axis attribute", n -> {
                    spectrum(n);
                    n.with("axis", 1);
                }),
                row(20, "DFT", NewerDraws::spectrum),
                row(17, "STFT", n -> {
                    int frame = n.from(2, 8);
                    n.of(Fill.UNIT, DType.F32, n.from(1, 2), frame + n.from(0, 12), 1);
                    n.fresh(Tensor.scalar(DType.I64, (long) n.from(1, 4)), 0);
                    n.of(Fill.UNIT, DType.F32, frame);
                    n.fresh(Tensor.scalar(DType.I64, (long) frame), 0);
                    n.agreement(new Agreement(64, 400, 0)).with("onesided", n.from(0, 1));
                }),
                row(17, "MelWeightMatrix", n -> {
                    n.fresh(Tensor.scalar(DType.I64, (long) n.from(2, 8)), 0);
                    n.fresh(Tensor.scalar(DType.I64, 2L * n.from(8, 16)), 0);
                    n.fresh(Tensor.scalar(DType.I64, n.oneOf(8000L, 16000L)), 0);
                    n.fresh(Tensor.scalar(DType.F32, 0.0), 0);
                    n.fresh(Tensor.scalar(DType.F32, n.oneOf(3000.0, 4000.0)), 0);
                    n.agreement(SOFT);
                }),
                row(19, "DeformConv", n -> {
                    long in = n.from(1, 3);
                    long out = n.from(1, 4);
                    long k = n.from(1, 3);
                    long h = k + n.from(0, 3);
                    long w = k + n.from(0, 3);
                    n.of(Fill.FINITE, DType.F32, 1, in, h, w);
                    n.of(Fill.FINITE, DType.F32, out, in, k, k);
                    n.of(Fill.UNIT, DType.F32, 1, 2 * k * k, h - k + 1, w - k + 1);
                    n.agreement(Agreement.sum(in * 9, 100));
                    if (n.chance(50)) {
                        n.of(Fill.FINITE, DType.F32, out);
                    }
                    n.with("kernel_shape", new long[] {k, k});
                }),
                until(9, "ScaledTanh", n -> {
                    n.agreement(Agreement.FUNCTION).any(Fill.FINITE, 1, 4, DType.F32);
                    n.with("alpha", n.real(0.5, 2)).with("beta", n.real(0.5, 2));
                }),
                until(9, "ParametricSoftplus", n -> {
                    n.agreement(Agreement.FUNCTION).any(Fill.FINITE, 1, 4, DType.F32);
                    n.with("alpha", n.real(0.5, 2)).with("beta", n.real(0.5, 2));
                }),
                until(9, "Affine", n -> {
                    n.agreement(Agreement.sum(1, 10)).any(Fill.FINITE, 1, 4, DType.F32);
                    n.with("alpha", n.real(0.5, 2)).with("beta", n.real(0.5, 2));
                }),
                until(9, "ImageScaler", n -> {
                    long c = n.from(1, 4);
                    n.of(Fill.FINITE, DType.F32, n.from(1, 2), c, n.from(1, 5), n.from(1, 5));
                    n.with("scale", n.real(0.5, 2))
                            .with("bias", MlDraws.reals(n, c))
                            .agreement(Agreement.sum(1, 20));
                }),
                until(9, "Crop", n -> {
                    n.of(Fill.ANY, DType.F32, n.from(1, 2), n.from(1, 3), n.from(5, 8), n.from(5, 8));
                    n.with("border", new long[] {n.from(0, 2), n.from(0, 2), n.from(0, 2), n.from(0, 2)});
                }));
    }

    private static void attention(NodeDraw n) {
        long groups = n.from(1, 2);
        long heads = groups * n.from(1, 3);
        long batch = n.from(1, 2);
        long steps = n.from(1, 5);
        long keys = n.from(1, 6);
        long size = n.oneOf(2, 4, 8);
        n.of(Fill.UNIT, DType.F32, batch, heads, steps, size);
        n.of(Fill.UNIT, DType.F32, batch, groups, keys, size);
        n.of(Fill.UNIT, DType.F32, batch, groups, keys, n.oneOf(2, 4, 8));
        n.agreement(SOFT);
        if (n.chance(40)) {
            n.of(Fill.UNIT, DType.F32, n.oneOf(new long[] {steps, keys}, new long[] {batch, 1, steps, keys}));
        }
        // A first query that sees no key has no answer of its own.
        n.with("is_causal", keys >= steps ? n.from(0, 1) : 0);
        if (n.chance(40)) {
            n.with("scale", n.real(0.1, 1));
        }
        if (n.chance(40)) {
            n.with("softcap", n.real(0.5, 3));
        }
    }

    private static void spectrum(NodeDraw n) {
        long length = n.from(1, 17);
        boolean inverse = n.chance(30);
        // Of doubles ONNX Runtime's factors are as exact as floats.
        n.of(Fill.UNIT, DType.F32, n.from(1, 3), length, inverse ? 2 : n.from(1, 2));
        if (n.opset() >= 20) {
            n.absent().fresh(Tensor.scalar(DType.I64, 1L), 0);
        }
        n.agreement(new Agreement(64, 400, 0)).with("inverse", inverse ? 1 : 0);
    }
}
