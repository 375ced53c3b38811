package dev.quern.gradient;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Joining;
import dev.quern.op.Products;
import java.util.ArrayList;
import java.util.List;

/// The sum of the gradients that the readers of one value give. Where many of them are products xᵀ · y of matrices, as
/// those of weights that every step of a recurrence reads are, they become one product of all x with all y: the sums
/// over the rows of a step and over the steps are the same sum.
final class SumOfParts {
    /// Fewer are added up.
    private static final int LEAST_PRODUCTS = 4;

    private final GraphBuilder g;
    private final List<Value> rest = new ArrayList<>();
    private final List<Value> left = new ArrayList<>();
    private final List<Value> right = new ArrayList<>();

    private SumOfParts(GraphBuilder g) {
        this.g = g;
    }

    static Value of(GraphBuilder g, List<Value> parts) {
        SumOfParts sum = new SumOfParts(g);
        long products = parts.stream().filter(SumOfParts::isProduct).count();
        for (Value part : parts) {
            if (products >= LEAST_PRODUCTS && isProduct(part)) {
                Node by = part.producer().orElseThrow();
                sum.left.add(by.input(0).producer().orElseThrow().input(0));
                sum.right.add(by.input(1));
            } else {
                sum.rest.add(part);
            }
        }
        return sum.value();
    }

    /// Whether `v` is xᵀ · y with known numbers of rows.
    private static boolean isProduct(Value v) {
        return v.producer().filter(n -> n.op() instanceof Products.MatMul).isPresent()
                && v.producer()
                        .map(n -> n.input(0))
                        .filter(a -> a.rank() == 2)
                        .flatMap(Value::producer)
                        .filter(n -> n.op() instanceof Arranging.Transpose)
                        .isPresent()
                && v.producer().orElseThrow().input(1).rank() == 2;
    }

    private Value value() {
        if (!left.isEmpty()) {
            // gradients come from the last step to the first: joined in the order of steps, as the layer's results are
            Value x = g.apply(new Joining.Concat(0), left.reversed()).getFirst();
            Value y = g.apply(new Joining.Concat(0), right.reversed()).getFirst();
            rest.add(g.apply(new Products.MatMul(), g.apply(new Arranging.Transpose(List.of(1, 0)), x), y));
        }
        Value sum = rest.getFirst();
        for (Value next : rest.subList(1, rest.size())) {
            sum = g.apply(Arithmetic.ADD, sum, next);
        }
        return sum;
    }
}
