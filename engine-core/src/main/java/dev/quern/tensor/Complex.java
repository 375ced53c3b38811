package dev.quern.tensor;

/// A complex number, an element of a tensor of type `c64` or `c128`; in the former both parts are numbers of `f32`.
///
/// They have the order of NumPy, by the real part and then by the imaginary one. Equality is that of the parts' bits,
/// as for [Double]: NaN equals NaN, −0 does not equal 0.
///
/// @param re the real part
/// @param im the imaginary part
public record Complex(double re, double im) implements Comparable<Complex> {
    public static final Complex ZERO = new Complex(0, 0);

    public Complex plus(Complex other) {
        return new Complex(re + other.re, im + other.im);
    }

    public Complex times(Complex other) {
        return new Complex(re * other.re - im * other.im, re * other.im + im * other.re);
    }

    @Override
    public int compareTo(Complex other) {
        int byReal = Double.compare(re, other.re);
        return byReal != 0 ? byReal : Double.compare(im, other.im);
    }

    /// Whether a part is not 0; −0 is 0.
    public boolean isNonzero() {
        return re != 0 || im != 0;
    }

    /// `1.0-2.0i`
    @Override
    public String toString() {
        return Double.isNaN(im) || im < 0 || 1 / im < 0 ? re + "" + im + "i" : re + "+" + im + "i";
    }
}
