package dev.quern.differential;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Optional;

/// How close two results must be: in type and shape exactly, in integers, booleans and strings exactly, and in
/// floats by multiples of the type's rounding error.
///
/// @param relative allowed error over the expected element, in roundings
/// @param absolute allowed error whatever the element, in roundings of 1
/// @param integers how far integers may be apart: 1 for what is rounded to an integer at the end, else 0
record Agreement(double relative, double absolute, int integers) {
    /// A few roundings.
    static final Agreement CLOSE = new Agreement(8, 0.01, 0);
    /// Functions that are polynomials in both engines.
    static final Agreement FUNCTION = new Agreement(64, 4, 0);

    /// A sum of `terms` products of that magnitude.
    static Agreement sum(long terms, double magnitude) {
        return new Agreement(8, (8 + terms) * magnitude, 0);
    }

    Agreement roundedToInteger() {
        return new Agreement(relative, absolute, 1);
    }

    private static double rounding(DType dtype) {
        return switch (dtype.bits()) {
            case 64 -> 0x1p-52;
            case 32 -> 0x1p-23;
            case 16 -> dtype == DType.BF16 ? 0x1p-7 : 0x1p-10;
            default -> 0x1p-2;
        };
    }

    /// What is wrong with `actual`, nothing if all is well.
    Optional<String> difference(Tensor expected, Tensor actual) {
        if (expected.dtype() != actual.dtype() || !expected.shape().equals(actual.shape())) {
            return Optional.of("type " + actual.type() + " instead of " + expected.type());
        }
        for (int i = 0; i < expected.length(); i++) {
            if (!agrees(expected, actual, i)) {
                return Optional.of("element " + i + ": " + one(actual, i) + " instead of " + one(expected, i));
            }
        }
        return Optional.empty();
    }

    private static String one(Tensor t, int i) {
        Tensor one = Tensor.zeros(t.dtype());
        one.elements().copy(0, t.elements(), i);
        return one.toString();
    }

    private boolean agrees(Tensor expected, Tensor actual, int i) {
        if (expected.dtype() == DType.STRING) {
            return expected.getString(i).equals(actual.getString(i));
        }
        if (!expected.dtype().isFloat()) {
            return Math.abs(expected.getLong(i) - actual.getLong(i)) <= integers;
        }
        double e = expected.getDouble(i);
        double a = actual.getDouble(i);
        if (Double.isNaN(e) || Double.isNaN(a) || Double.isInfinite(e) || Double.isInfinite(a)) {
            return Double.isNaN(e) && Double.isNaN(a) || e == a;
        }
        return Math.abs(e - a) <= rounding(expected.dtype()) * (relative * Math.abs(e) + absolute);
    }
}
