package dev.quern.convert;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;

/// How integers stand for numbers: (q − zero point) · scale, one scale for all or one for each index of an axis.
///
/// @param scale f32, shaped to broadcast over the numbers
/// @param zero the zero points, of the integers' type and the scale's shape
record EightBits(Tensor scale, Tensor zero) {
    private static final int MOST_UNSIGNED = 255;
    private static final int MOST_SIGNED = 127;
    private static final int MOST_OF_SEVEN_BITS = 63;

    /// Below this, quotients by a scale would overflow.
    private static final float LEAST_SCALE = 1e-30f;

    /// Activations: unsigned, over a range that holds 0, which is an integer then, as padding needs it.
    static EightBits unsigned(Clipping.Span span) {
        double least = Math.min(0, span.least());
        double largest = Math.max(0, span.largest());
        float scale = scale((largest - least) / MOST_UNSIGNED);
        long zero = Math.clamp(Math.round(-least / scale), 0, MOST_UNSIGNED);
        return new EightBits(Tensor.scalar(DType.F32, scale), Tensor.scalar(DType.U8, zero));
    }

    /// Weights: signed, symmetric around 0.
    ///
    /// @param axis the axis of channels, each with a scale of its own, or −1 for one scale
    static EightBits signed(Tensor weights, int axis, boolean sevenBits) {
        int inner = 1;
        for (int i = axis + 1; axis >= 0 && i < weights.rank(); i++) {
            inner *= (int) weights.shape().dim(i).extent();
        }
        int channels = axis < 0 ? 1 : (int) weights.shape().dim(axis).extent();
        double[] most = new double[channels];
        for (int i = 0; i < weights.length(); i++) {
            int channel = i / inner % channels;
            most[channel] = Math.max(most[channel], Math.abs(weights.getDouble(i)));
        }
        float[] scales = new float[channels];
        for (int c = 0; c < channels; c++) {
            scales[c] = scale(most[c] / (sevenBits ? MOST_OF_SEVEN_BITS : MOST_SIGNED));
        }
        if (channels == 1) {
            return new EightBits(Tensor.scalar(DType.F32, scales[0]), Tensor.scalar(DType.I8, 0L));
        }
        long[] extents = new long[weights.rank() - axis];
        java.util.Arrays.fill(extents, 1);
        extents[0] = channels;
        return new EightBits(Tensor.wrap(DType.F32, scales, extents), Tensor.zeros(DType.I8, extents));
    }

    private static float scale(double step) {
        return step < LEAST_SCALE ? 1 : (float) step;
    }

    /// A bias in units of the sums: `i32` with the products of both scales, as all runtimes want it.
    ///
    /// @param weights the code of the weights, of one scale or one for each number of the bias
    static EightBits ofSums(EightBits activations, EightBits weights) {
        int channels = weights.scale.length();
        float[] scales = new float[channels];
        for (int c = 0; c < channels; c++) {
            scales[c] = activations.scale.getFloat(0) * weights.scale.getFloat(c);
        }
        return channels == 1
                ? new EightBits(Tensor.scalar(DType.F32, scales[0]), Tensor.scalar(DType.I32, 0L))
                : new EightBits(Tensor.wrap(DType.F32, scales, channels), Tensor.zeros(DType.I32, channels));
    }

    /// The integers nearest to the numbers, ties to even, within range.
    Tensor quantized(Tensor numbers) {
        DType to = zero.dtype();
        Tensor q = Tensor.zeros(to, numbers.shape());
        int inner = 1;
        for (int i = 1; i < scale.rank(); i++) {
            inner *=
                    (int) numbers.shape().dim(numbers.rank() - scale.rank() + i).extent();
        }
        int least = to == DType.I32 ? Integer.MIN_VALUE : -MOST_SIGNED;
        int largest = to == DType.I32 ? Integer.MAX_VALUE : MOST_SIGNED;
        for (int i = 0; i < q.length(); i++) {
            double step = scale.getDouble(i / inner % scale.length());
            double nearest = Math.rint(numbers.getDouble(i) / step);
            q.elements().set(i, (long) Math.clamp(nearest, least, largest));
        }
        return q;
    }

    /// Whether the numbers lie within the range of the integers.
    boolean holds(Tensor numbers) {
        double most = zero.dtype() == DType.I32 ? Integer.MAX_VALUE : MOST_SIGNED;
        for (int i = 0; i < numbers.length(); i++) {
            if (Math.abs(numbers.getDouble(i)) / scale.getDouble(i % scale.length()) > most) {
                return false;
            }
        }
        return true;
    }
}
