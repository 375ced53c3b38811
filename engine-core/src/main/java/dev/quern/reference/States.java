package dev.quern.reference;

import dev.quern.expr.ScalarProgram;
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

    /// Puts the value of `prologue` at the position of a cursor into place `r` of the row.
    void element(int r, ScalarProgram.Evaluator prologue, Elements[] in, Cursor at);

    /// Reduces the row, whose elements are then spent.
    void reduce();

    /// Where state `s` is found after a reduction, as its one element.
    Elements state(int s);
}
