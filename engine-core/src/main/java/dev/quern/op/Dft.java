package dev.quern.op;

import dev.quern.graph.Value;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.function.IntBinaryOperator;

/// Discrete Fourier transforms as products with constant matrices.
///
/// A value here has dims [rows, n·2]: n complex numbers, real and imaginary parts side by side. Short
/// transforms are one product with the matrix of the roots of unity. Long ones are split into short ones
/// (Cooley and Tukey, 1965): n₁·n₂ numbers cost n₁ + n₂ steps each. Long ones of prime length are a convolution
/// of a power of two (Bluestein, 1970).
final class Dft {
    /// The longest transform that is one product.
    private static final int DIRECT = 256;

    /// The longest transform of prime length that is one product.
    private static final int DIRECT_PRIME = 1024;

    private final Formula f;
    private final DType dtype;
    private final int sign;

    /// @param sign −1 for the forward transform, 1 for the inverse one (without the division by n)
    Dft(Formula f, DType dtype, int sign) {
        this.f = f;
        this.dtype = dtype;
        this.sign = sign;
    }

    /// The transform of rows of `n` complex numbers.
    Value complex(Value x, int n) {
        if (n <= DIRECT) {
            return f.matMul(x, roots(n, n, n));
        }
        int small = divisor(n);
        if (small > 1) {
            return split(x, small, n / small);
        }
        return n <= DIRECT_PRIME ? f.matMul(x, roots(n, n, n)) : chirp(x, n);
    }

    /// The first `count` numbers of the transform of rows of `n` real numbers.
    Value real(Value x, int n, int count) {
        if (n <= DIRECT) {
            return f.matMul(x, matrix(n, 2 * count, (row, column) -> exponent(row, column / 2, n), n, true));
        }
        Value parts = f.concat(2, f.unsqueeze(x, 2), f.mul(f.unsqueeze(x, 2), 0));
        return f.slice(complex(f.reshape(parts, -1, 2L * n), n), 1, 0, 2L * count);
    }

    /// The real parts of the transform of rows of `n` numbers of which those after the first n / 2 + 1, all that
    /// there are, would be their conjugates in reverse.
    Value toReal(Value x, int n) {
        int half = n / 2 + 1;
        Value numbers = f.reshape(x, -1, half, 2);
        if (n > 2) {
            Value mirrored = f.g().apply(new Arranging.Flip(java.util.List.of(1)), f.slice(numbers, 1, 1, (n + 1) / 2));
            Value conjugate = f.mul(mirrored, f.g().constant(tensor(new double[] {1, -1}, 2)));
            numbers = f.concat(1, numbers, conjugate);
        }
        Value whole = complex(f.reshape(numbers, -1, 2L * n), n);
        return f.reshape(f.slice(f.reshape(whole, -1, n, 2), 2, 0, 1), -1, n);
    }

    private Value split(Value x, int n1, int n2) {
        Value columns = f.transpose(f.reshape(x, -1, n1, n2, 2), 0, 2, 1, 3);
        Value inner = f.reshape(complex(f.reshape(columns, -1, 2L * n1), n1), -1, n2, n1, 2);
        Value turned = turn(inner, angles(n2, n1, (row, column) -> exponent(row, column, n1 * n2), n1 * n2));
        Value rows = f.transpose(turned, 0, 2, 1, 3);
        Value outer = f.reshape(complex(f.reshape(rows, -1, 2L * n2), n2), -1, n1, n2, 2);
        return f.reshape(f.transpose(outer, 0, 2, 1, 3), -1, 2L * n1 * n2);
    }

    private Value chirp(Value x, int n) {
        int size = Integer.highestOneBit(2 * n - 2) * 2;
        double[] squares = angles(1, n, (row, i) -> (int) ((long) i * i % (2L * n)), 2 * n);
        Value swept = turn(f.reshape(x, -1, 1, n, 2), squares);
        Value padded = f.pad(f.reshape(swept, -1, 2L * n), 1, f.g().longs(0), f.g().longs(2L * (size - n)), 0);
        double[] filter = new double[2 * size];
        for (int i = 0; i < n; i++) {
            int mirror = (size - i) % size;
            filter[2 * i] = filter[2 * mirror] = Math.cos(squares[i]);
            filter[2 * i + 1] = filter[2 * mirror + 1] = -Math.sin(squares[i]);
        }
        Value response = new Dft(f, DType.F64, -1).complex(f.g().constant(Tensor.of(filter, 1, 2L * size)), size);
        Value spectrum = new Dft(f, dtype, -1).complex(padded, size);
        Value product = times(f.reshape(spectrum, -1, size, 2), f.reshape(f.cast(response, dtype), 1, size, 2));
        Value back = new Dft(f, dtype, 1).complex(f.reshape(product, -1, 2L * size), size);
        Value first = f.div(f.slice(back, 1, 0, 2L * n), size);
        return f.reshape(turn(f.reshape(first, -1, 1, n, 2), squares), -1, 2L * n);
    }

    /// Complex numbers [rows, r, c, 2], each times e^(i·angle).
    private Value turn(Value x, double... angles) {
        int r = (int) x.shape().dim(1).extent();
        int c = (int) x.shape().dim(2).extent();
        double[] cos = new double[2 * angles.length];
        double[] sin = new double[2 * angles.length];
        for (int i = 0; i < angles.length; i++) {
            cos[2 * i] = cos[2 * i + 1] = Math.cos(angles[i]);
            sin[2 * i] = -Math.sin(angles[i]);
            sin[2 * i + 1] = Math.sin(angles[i]);
        }
        Value swapped = f.g().apply(new Arranging.Flip(java.util.List.of(3)), x);
        Value a = f.mul(x, f.g().constant(tensor(cos, r, c, 2)));
        return f.add(a, f.mul(swapped, f.g().constant(tensor(sin, r, c, 2))));
    }

    /// The product of complex numbers [rows, n, 2].
    private Value times(Value a, Value b) {
        Value swapped = f.g().apply(new Arranging.Flip(java.util.List.of(2)), a);
        Value signs = f.g().constant(tensor(new double[] {-1, 1}, 2));
        Value real = f.mul(a, f.slice(b, 2, 0, 1));
        return f.add(real, f.product(swapped, signs, f.slice(b, 2, 1, 2)));
    }

    /// The greatest divisor of `n` that is at most its square root.
    private static int divisor(int n) {
        int d = (int) Math.sqrt(n);
        while (n % d != 0) {
            d--;
        }
        return d;
    }

    private static int exponent(int row, int column, int n) {
        return (int) ((long) row * column % n);
    }

    private double[] angles(int rows, int columns, IntBinaryOperator exponent, int n) {
        double[] angles = new double[rows * columns];
        for (int i = 0; i < angles.length; i++) {
            angles[i] = sign * 2 * Math.PI * exponent.applyAsInt(i / columns, i % columns) / n;
        }
        return angles;
    }

    /// The matrix that takes `from` complex numbers to `to`, all as pairs.
    private Value roots(int from, int to, int n) {
        return matrix(2 * from, 2 * to, (row, column) -> exponent(row / 2, column / 2, n), n, false);
    }

    /// A matrix of the parts of roots of unity; from real numbers, or from pairs.
    private Value matrix(int rows, int columns, IntBinaryOperator exponent, int n, boolean fromReal) {
        double[] values = new double[rows * columns];
        for (int i = 0; i < values.length; i++) {
            int row = i / columns;
            int column = i % columns;
            double angle = sign * 2 * Math.PI * exponent.applyAsInt(row, column) / n;
            boolean imaginaryIn = !fromReal && row % 2 == 1;
            boolean imaginaryOut = column % 2 == 1;
            values[i] =
                    imaginaryIn == imaginaryOut ? Math.cos(angle) : imaginaryOut ? Math.sin(angle) : -Math.sin(angle);
        }
        return f.g().constant(tensor(values, rows, columns));
    }

    private Tensor tensor(double[] values, long... dims) {
        Elements e = Elements.zeros(dtype, values.length);
        for (int i = 0; i < values.length; i++) {
            e.set(i, Conversion.round(dtype, values[i]));
        }
        return Tensor.wrap(dtype, e.array(), dims);
    }
}
