package dev.quern.onnx;

import dev.quern.graph.Evaluator;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What an operator gives for constants, as constants: windows and ranges of opsets that have no operator for them.
final class Folding {
    /// Results are computed by the operator's own meaning, which is slow.
    private static final int MOST_ELEMENTS = 1 << 20;

    private Folding() {}

    /// The results of `op`; nothing where an operand is not constant, or results are large.
    static Optional<List<Value>> of(Op op, GraphBuilder g, List<Value> in) {
        List<Datum> operands = new ArrayList<>();
        for (Value v : in) {
            v.constant().or(() -> g.valueOf(v)).ifPresent(operands::add);
        }
        if (in.isEmpty() || operands.size() < in.size() || !areSmall(op.infer(g.operands(in)))) {
            return Optional.empty();
        }
        List<Value> results = new ArrayList<>();
        for (Datum d : new Evaluator().evaluate(op, operands)) {
            results.add(g.constant((Tensor) d));
        }
        return Optional.of(results);
    }

    private static boolean areSmall(List<Type> results) {
        return results.stream()
                .allMatch(t -> t instanceof Type.TensorType(var _, var shape)
                        && shape.isConcrete()
                        && shape.elements() <= MOST_ELEMENTS);
    }
}
