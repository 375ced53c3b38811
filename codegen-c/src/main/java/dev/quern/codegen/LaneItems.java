package dev.quern.codegen;

import dev.quern.expr.BinaryFn;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;
import java.util.function.UnaryOperator;

/// Folds by items that are the 16 virtual lanes of [Reducer], side by side in a group: `lane` is an item's lane, and
/// they meet in the local array `lanes`, which has an element for each item of the group.
///
/// @param dtype in which elements are combined
record LaneItems(KernelText text, DType dtype) {

    /// @param length the number of elements, which all lanes of a fold agree on
    /// @param element writes what gives the element at a position
    /// @return the variable that holds the result in all of the lanes
    String fold(BinaryFn fn, String length, UnaryOperator<String> element) {
        String sum = text.fresh("sum");
        text.line("%s %s = %s;", CTypes.computed(dtype), sum, Identities.of(fn, dtype));
        text.open("for (int r = lane; r < %s; r += %s) {", length, Reducer.LANES);
        text.line("%s = %s;", sum, Scalars.combined(fn, dtype, sum, element.apply("r")));
        text.close();
        text.line("lanes[LOCAL_ITEM] = %s;", sum);
        text.line("BARRIER;");
        text.open("for (int h = %s; h > 0; h >>= 1) {", Reducer.LANES / 2);
        String both = Scalars.combined(fn, dtype, "lanes[LOCAL_ITEM]", "lanes[LOCAL_ITEM + h]");
        text.line("if (lane < h) lanes[LOCAL_ITEM] = %s;", both);
        text.line("BARRIER;");
        text.close();
        String result = text.variable(dtype, "lanes[LOCAL_ITEM - lane]");
        text.line("BARRIER;");
        return result;
    }
}
