package dev.quern.differential;

import java.util.function.Consumer;

/// One row of the generator: how to draw a node of one operator.
///
/// @param name the operator, and which of its forms
/// @param since the first opset (of ai.onnx) in which this form is drawn
/// @param until the last one
/// @param recipe draws operands and attributes, in order
record OperatorDraw(String name, int since, int until, Consumer<NodeDraw> recipe) {
    /// The newest opset that is drawn.
    static final int NEWEST = 22;

    static OperatorDraw row(int since, String name, Consumer<NodeDraw> recipe) {
        return new OperatorDraw(name, Math.max(since, 7), NEWEST, recipe);
    }

    static OperatorDraw until(int until, String name, Consumer<NodeDraw> recipe) {
        return new OperatorDraw(name, 7, until, recipe);
    }

    static OperatorDraw between(int since, int until, String name, Consumer<NodeDraw> recipe) {
        return new OperatorDraw(name, since, until, recipe);
    }

    /// The opset that a seed stands for.
    int opset(long seed) {
        return since + (int) (seed % (until - since + 1));
    }

    /// The operator's name: what stands before a space in the row's name.
    String operator() {
        int space = name.indexOf(' ');
        return space < 0 ? name : name.substring(0, space);
    }
}
