package dev.quern.cli;

import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/// When the results of a model with a random operator count as equal. Its numbers are those of a generator, which
/// the ONNX standard leaves to each engine, so no engine can give those of another.
///
/// Element type and shape must be the same; zeros and ones (a Bernoulli trial, a mask) must stay zeros and ones;
/// the means of the elements and of their squares must be within three standard errors of each other.
final class RandomTolerance {
    private static final double STANDARD_ERRORS = 3;

    private RandomTolerance() {}

    /// The difference in one line, if there is one.
    static Optional<String> difference(Datum expected, Datum actual) {
        if (!(expected instanceof Tensor e && actual instanceof Tensor a)
                || !e.type().equals(a.type())) {
            return Optional.of("expected a value of type " + expected.type() + ", got " + actual.type());
        }
        if (isBinary(e) && !isBinary(a)) {
            return Optional.of("expected zeros and ones only, got others");
        }
        return moments("mean", e, a, x -> x).or(() -> moments("mean square", e, a, x -> x * x));
    }

    private static boolean isBinary(Tensor t) {
        for (int i = 0; i < t.length(); i++) {
            double x = t.getDouble(i);
            if (x != 0 && x != 1) {
                return false;
            }
        }
        return true;
    }

    private static Optional<String> moments(String what, Tensor expected, Tensor actual, DoubleUnaryOperator of) {
        Moments e = Moments.of(expected, of);
        Moments a = Moments.of(actual, of);
        double allowed = STANDARD_ERRORS * Math.sqrt((e.variance() + a.variance()) / Math.max(1, expected.length()));
        // written so that NaN differs
        return Math.abs(e.mean() - a.mean()) <= allowed
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "%s: expected %.4g, got %.4g, which is more than %.4g apart",
                        what,
                        e.mean(),
                        a.mean(),
                        allowed));
    }

    private record Moments(double mean, double variance) {
        static Moments of(Tensor t, DoubleUnaryOperator of) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < t.length(); i++) {
                double x = of.applyAsDouble(t.getDouble(i));
                sum += x;
                squares += x * x;
            }
            int n = Math.max(1, t.length());
            double mean = sum / n;
            return new Moments(mean, Math.max(0, squares / n - mean * mean));
        }
    }
}
