package dev.quern.onnx;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import java.util.List;
import java.util.Optional;

/// One line of the [SpellingTable]: operators of ours that ONNX does not have, or not in every form, in
/// operators that it has.
///
/// @param type the class of the operators
record Words<O extends Op>(Class<O> type, Saying<O> saying) {

    /// Gives the results of an operator by other operators.
    interface Saying<O> {
        /// @return nothing where a row of the [OperatorTable] is to be taken
        /// @throws UnspellableException where that cannot be said for these operands
        Optional<List<Value>> say(O op, GraphBuilder g, List<Value> in);
    }

    /// Gives the one result of an operator by other operators.
    interface Result<O> {
        Value say(O op, GraphBuilder g, List<Value> in);
    }

    static <O extends Op> Words<O> words(Class<O> type, Result<O> result) {
        return new Words<>(type, (op, g, in) -> Optional.of(List.of(result.say(op, g, in))));
    }

    static <O extends Op> Words<O> sometimes(Class<O> type, Saying<O> saying) {
        return new Words<>(type, saying);
    }

    Optional<List<Value>> say(Op op, GraphBuilder g, List<Value> in) {
        return saying.say(type.cast(op), g, in);
    }
}
