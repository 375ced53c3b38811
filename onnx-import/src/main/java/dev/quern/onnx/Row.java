package dev.quern.onnx;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import java.util.List;
import java.util.function.Function;

/// One line of the operator table: how a node of one operator, from one opset version on, becomes graph.
///
/// @param domain empty for ai.onnx
/// @param since the first opset version of the domain with this form
/// @param form gives the results of the node, the required ones first
record Row(String domain, String name, int since, Function<NodeImport, List<Value>> form) {
    /// The domain of classical machine learning.
    static final String ML = "ai.onnx.ml";

    /// A form of ai.onnx.
    static Row row(String name, int since, Function<NodeImport, List<Value>> form) {
        return new Row("", name, since, form);
    }

    /// An operator of ai.onnx that is one of ours, operands in the same order.
    static Row row(String name, int since, Op op) {
        return row(name, since, n -> n.result(op, n.all()));
    }

    /// A form of ai.onnx.ml.
    static Row ml(String name, int since, Function<NodeImport, List<Value>> form) {
        return new Row(ML, name, since, form);
    }

    /// A form of com.microsoft.
    static Row microsoft(String name, Function<NodeImport, List<Value>> form) {
        return new Row("com.microsoft", name, 1, form);
    }
}
