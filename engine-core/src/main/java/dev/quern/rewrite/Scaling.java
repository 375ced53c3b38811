package dev.quern.rewrite;

import dev.quern.graph.Value;
import dev.quern.op.BatchNormalization;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/// x · slope + offset, by channel, in double.
///
/// @param bytes what the constants that say so take in a model
record Scaling(double[] slope, double[] offset, boolean shifts, long bytes) {

    static Scaling by(double[] c) {
        return new Scaling(c, new double[c.length], false, 0);
    }

    static Scaling dividedBy(double[] c) {
        return by(map(c, x -> 1 / x));
    }

    static Scaling plus(double[] c) {
        double[] ones = new double[c.length];
        Arrays.fill(ones, 1);
        return new Scaling(ones, c, true, 4L * c.length);
    }

    static Scaling minus(double[] c) {
        return plus(map(c, x -> -x));
    }

    /// What BatchNormalization does in inference; operands scale, bias, mean and variance are constants.
    static Scaling of(BatchNormalization op, List<Value> in) {
        double[] scale = numbers(in.get(1));
        double[] bias = numbers(in.get(2));
        double[] mean = numbers(in.get(3));
        double[] variance = numbers(in.get(4));
        double[] slope = new double[scale.length];
        double[] offset = new double[scale.length];
        for (int c = 0; c < scale.length; c++) {
            slope[c] = scale[c] / Math.sqrt(variance[c] + op.epsilon());
            offset[c] = bias[c] - mean[c] * slope[c];
        }
        return new Scaling(slope, offset, true, 16L * scale.length);
    }

    private static double[] numbers(Value v) {
        return v.constant().orElseThrow().toDoubles();
    }

    private static double[] map(double[] c, DoubleUnaryOperator f) {
        return Arrays.stream(c).map(f).toArray();
    }

    /// One number a channel, if `t` broadcast to `[N,C,…]` of that rank has one.
    static Optional<double[]> byChannel(Tensor t, int rank, int channels) {
        if (t.length() == 1 && t.rank() <= rank) {
            double[] same = new double[channels];
            Arrays.fill(same, t.getDouble(0));
            return Optional.of(same);
        }
        int axis = t.rank() - rank + 1;
        boolean fits = t.rank() <= rank
                && axis >= 0
                && axis < t.rank()
                && t.length() == channels
                && t.shape().dim(axis).is(channels);
        return fits ? Optional.of(t.toDoubles()) : Optional.empty();
    }
}
