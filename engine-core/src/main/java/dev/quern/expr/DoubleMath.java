package dev.quern.expr;

/// The functions of `f64` that `StrictMath` lacks; with it, what every backend's `f64` results are made of.
public final class DoubleMath {
    private static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

    private DoubleMath() {}

    /// 1 / (1 + e^−x).
    public static double sigmoid(double x) {
        double e = StrictMath.exp(-Math.abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    /// log(1 + e^x), without overflow.
    public static double softplus(double x) {
        return (x > 0 ? x : 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
    }

    public static double asinh(double x) {
        double a = Math.abs(x);
        double magnitude = a > 0x1p28
                ? StrictMath.log(a) + StrictMath.log(2)
                : StrictMath.log1p(a + a * a / (1 + Math.sqrt(a * a + 1)));
        return Math.copySign(magnitude, x);
    }

    /// NaN below 1.
    public static double acosh(double x) {
        double t = x - 1;
        if (x < 1) {
            return Double.NaN;
        }
        return x > 0x1p28 ? StrictMath.log(x) + StrictMath.log(2) : StrictMath.log1p(t + Math.sqrt(t * t + 2 * t));
    }

    public static double atanh(double x) {
        double a = Math.abs(x);
        return Math.copySign(0.5 * StrictMath.log1p(2 * a / (1 - a)), x);
    }

    /// The error function, 2/√π ∫₀ˣ e^−t² dt: its series of positive terms below 2.5, a continued fraction of 1 −
    /// erf above (Abramowitz and Stegun, *Handbook of Mathematical Functions*, 7.1.6 and 7.1.14).
    public static double erf(double x) {
        double a = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        if (a >= 6) {
            return Math.copySign(1, x);
        }
        if (a >= 2.5) {
            return Math.copySign(1 - erfcFraction(a), x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 0x1p-56 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return TWO_OVER_ROOT_PI * StrictMath.exp(-x * x) * sum;
    }

    /// x rounded toward zero.
    public static double truncate(double x) {
        return x < 0 ? Math.ceil(x) : Math.floor(x);
    }

    /// The remainder of a / b with the sign of b.
    public static double modulo(double a, double b) {
        double r = a % b;
        return r == 0 ? Math.copySign(r, b) : (r < 0) != (b < 0) ? r + b : r;
    }

    /// x^y, where four exponents mean elementary operations, as [BinaryFn#POW] says.
    public static double pow(double x, double y) {
        return y == 2 ? x * x : y == 3 ? x * x * x : y == 0.5 ? Math.sqrt(x) : y == -1 ? 1 / x : StrictMath.pow(x, y);
    }

    private static double erfcFraction(double a) {
        double tail = 0;
        for (int k = 60; k >= 1; k--) {
            tail = k / 2.0 / (a + tail);
        }
        return StrictMath.exp(-a * a) / (Math.sqrt(Math.PI) * (a + tail));
    }
}
