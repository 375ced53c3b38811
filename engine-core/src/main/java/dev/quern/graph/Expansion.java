package dev.quern.graph;

import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Composite operators seen through what they expand to.
public final class Expansion {
    private Expansion() {}

    /// The expansion of `op` as a graph of its own; operands of known value become constants in it.
    public static Graph of(CompositeOp op, Operands in) {
        GraphBuilder g = new GraphBuilder(op.name());
        List<Value> args = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            Optional<Tensor> value = in.value(i);
            args.add(value.isPresent() ? g.constant(value.get()) : g.input("x" + i, in.type(i)));
        }
        List<Value> out = op.expand(g, args);
        for (int i = 0; i < out.size(); i++) {
            g.output("y" + i, out.get(i));
        }
        return g.build();
    }

    static List<Type> types(CompositeOp op, Operands in) {
        return of(op, in).outputs().stream().map(Value::type).toList();
    }
}
