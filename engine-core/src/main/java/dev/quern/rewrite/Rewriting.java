package dev.quern.rewrite;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Optional;

/// One way to say a node more simply: a [Rule], which is an equation, or one that looks at shapes and attributes.
public interface Rewriting {

    /// Tells readers of a graph why a node is there.
    String name();

    /// The value that takes the place of the first result of `op` applied to `operands`, if this rewriting has one;
    /// no other result is used then.
    Optional<Value> apply(Op op, List<Value> operands, Emitter emitter);

    /// The graph that is being made.
    interface Emitter {
        /// Adds a node, or finds what it would be.
        Value emit(Op op, List<Value> operands);

        /// The value of `v` if it follows from constants and fixed shapes.
        Optional<Tensor> known(Value v);

        /// The types of the results of `op` on operands in this graph.
        List<Type> types(Op op, List<Value> operands);

        /// A literal.
        Value literal(Tensor tensor);
    }
}
