package dev.quern.reference;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;

/// A value kept in the compute type of `dtype`, into which elements are taken one after another. For one run.
final class Running {
    private static final long[] NO_INDEX = {};

    private final BinaryFn fn;
    private final ScalarProgram.Evaluator combine;
    private final Elements value;
    private final Elements[] in = new Elements[2];
    private final int[] inAt = new int[2];
    private final Elements[] out;
    private final int[] outAt = new int[1];

    Running(BinaryFn fn, DType dtype) {
        DType computed = dtype.computeType();
        this.fn = fn;
        this.combine = ScalarProgram.of(Expr.arg(0, computed).apply(fn, Expr.arg(1, computed)), Rounding.STRICT)
                .evaluator();
        this.value = Elements.zeros(computed, 1);
        this.out = new Elements[] {value};
        in[0] = value;
    }

    /// Starts again from the identity.
    void start() {
        if (value.dtype().isFloat()) {
            value.set(0, Identity.ofFloats(fn));
        } else {
            value.set(0, Identity.ofIntegers(fn, value.dtype()));
        }
    }

    /// Starts again from the one element of `first`, an array of the compute type.
    void start(Elements first) {
        value.copy(0, first, 0);
    }

    /// Takes in element `i` of `from`.
    void take(Elements from, int i) {
        in[1] = from;
        inAt[1] = i;
        combine.store(in, inAt, NO_INDEX, 0, out, outAt);
    }

    /// The value, as the one element of an array.
    Elements value() {
        return value;
    }

    /// Stores the value at `i` of `to`, rounded to its type.
    void store(Elements to, int i) {
        if (value.dtype().isFloat()) {
            to.set(i, value.getDouble(0));
        } else {
            to.set(i, value.getLong(0));
        }
    }
}
