package dev.quern.onnx;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/// One line of the operator table: how a node of one operator, from one opset version on, becomes graph, and
/// which of our operators are written as such a node.
///
/// A row writes for the opsets from its own to that of the next row of its name, as far as the [Schema] of the
/// opset in between goes; see [Forms].
///
/// @param domain empty for ai.onnx
/// @param since the first opset version of the domain with this form
/// @param form gives the results of the node, the required ones first
/// @param writings the operators that are written so
/// @param sizedByOperands whether operands behind the first say how large the result is: no weights, floats or not
record Row(
        String domain,
        String name,
        int since,
        Function<NodeImport, List<Value>> form,
        List<Writing<?>> writings,
        boolean sizedByOperands) {
    /// The domain of classical machine learning.
    static final String ML = "ai.onnx.ml";

    /// The domain of ONNX Runtime's own operators.
    static final String MICROSOFT = "com.microsoft";

    Row {
        writings = List.copyOf(writings);
    }

    Row(String domain, String name, int since, Function<NodeImport, List<Value>> form) {
        this(domain, name, since, form, List.of(), false);
    }

    /// An operator of ours that is written as a node of this row.
    ///
    /// @param only the one operator meant, or the class of all operators meant
    /// @param alias whether operators are meant that are called otherwise than the row
    /// @param writer sets attributes, and operands where they differ from the operator's own
    record Writing<O extends Op>(Object only, boolean alias, Class<O> type, BiConsumer<O, NodeExport> writer) {
        void write(Op op, NodeExport node) {
            writer.accept(type.cast(op), node);
        }
    }

    /// A form of ai.onnx.
    static Row row(String name, int since, Function<NodeImport, List<Value>> form) {
        return new Row("", name, since, form);
    }

    /// An operator of ai.onnx that is one of ours, without attributes, operands in the same order.
    static Row row(String name, int since, Op op) {
        return row(name, since, n -> n.result(op, n.all())).writes(op);
    }

    /// A form of ai.onnx.ml.
    static Row ml(String name, int since, Function<NodeImport, List<Value>> form) {
        return new Row(ML, name, since, form);
    }

    /// A form of com.microsoft.
    static Row microsoft(String name, Function<NodeImport, List<Value>> form) {
        return new Row(MICROSOFT, name, 1, form);
    }

    /// `op` is written as a node of this row without attributes, operands and results in the same order.
    Row writes(Op op) {
        return with(new Writing<>(op, false, Op.class, (same, node) -> {}));
    }

    /// Operators of class `type` are written as nodes of this row: `writer` sets attributes, and operands
    /// where they differ.
    <O extends Op> Row writes(Class<O> type, BiConsumer<O, NodeExport> writer) {
        return with(new Writing<>(type, false, type, writer));
    }

    /// `op` is written as a node of this row: `writer` sets attributes, and operands where they differ.
    Row writes(Op op, Consumer<NodeExport> writer) {
        return with(new Writing<>(op, false, Op.class, (same, node) -> writer.accept(node)));
    }

    /// As [#writes(Class, BiConsumer)], for operators that are called otherwise than this row.
    <O extends Op> Row writesAlso(Class<O> type, BiConsumer<O, NodeExport> writer) {
        return with(new Writing<>(type, true, type, writer));
    }

    private Row with(Writing<?> more) {
        return new Row(
                domain,
                name,
                since,
                form,
                Stream.concat(writings.stream(), Stream.<Writing<?>>of(more)).toList(),
                sizedByOperands);
    }

    /// The same, whose operands behind the first say how large the result is.
    Row withSizes() {
        return new Row(domain, name, since, form, writings, true);
    }
}
