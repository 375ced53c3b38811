package dev.quern.reference;

import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;

/// A row of elements and the states that a reducer makes of it, in the order of combination that [Reducer] fixes.
sealed interface States permits FloatStates, IntegerStates {

    static States of(Reducer reducer, DType element, int length) {
        return element.isFloat()
                ? new FloatStates(reducer, element.computeType(), length)
                : new IntegerStates(reducer, element, length);
    }

    /// The row, to be filled.
    Elements row();

    /// Reduces the row, whose elements are then spent.
    void reduce();

    /// Where state `s` is found after a reduction, as its one element.
    Elements state(int s);
}
