package dev.quern.op;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Example;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// An example with drawn operands.
record Trial(Example example, List<Tensor> operands) {
    private static final long SEED = 20;

    static Trial of(Example example) {
        List<Tensor> operands = new ArrayList<>();
        for (int i = 0; i < example.operands().size(); i++) {
            operands.add(example.operands().get(i).draw(SEED + i));
        }
        return new Trial(example, operands);
    }

    Op op() {
        return example.op();
    }

    /// The operands whose gradients the example asks to be checked.
    List<Integer> differentiable() {
        return floats().stream()
                .filter(i -> example.operands().get(i).differentiable())
                .toList();
    }

    /// The float operands of which more than the type is used.
    List<Integer> floats() {
        return IntStream.range(0, operands.size())
                .filter(i -> operands.get(i).dtype().isFloat()
                        && !op().likeOperands().contains(i))
                .filter(i -> !op().shapeOperands().contains(i))
                .boxed()
                .toList();
    }

    /// The same trial with all its floats in f64, so that differences of results are exact enough to be a
    /// gradient.
    Trial inDouble() {
        return new Trial(
                example,
                operands.stream()
                        .map(t -> t.dtype().isFloat() ? toDouble(t) : t)
                        .toList());
    }

    private static Tensor toDouble(Tensor t) {
        return Tensor.wrap(DType.F64, t.toDoubles(), t.shape());
    }

    /// This trial with element `at` of operand `i` moved by `h`.
    Trial moved(int i, int at, double h) {
        Tensor t = operands.get(i);
        Elements e = Elements.zeros(t.dtype(), t.length());
        for (int k = 0; k < t.length(); k++) {
            e.copy(k, t.elements(), k);
        }
        e.set(at, t.getDouble(at) + h);
        List<Tensor> moved = new ArrayList<>(operands);
        moved.set(i, Tensor.wrap(t.dtype(), e.array(), t.shape()));
        return new Trial(example, moved);
    }

    /// The results by the operator's own meaning.
    List<Datum> evaluate() {
        return new Evaluator().evaluate(op(), List.copyOf(operands));
    }

    /// Whether the value of operand `i` is known before the run.
    boolean isKnown(int i) {
        return example.operands().get(i).constant() || op().shapeOperands().contains(i);
    }

    /// A graph of the operator alone.
    ///
    /// @param fed which operands are inputs of the graph, called `x0`, `x1` …; the others are constants
    Graph graph(Predicate<Integer> fed) {
        GraphBuilder g = new GraphBuilder(op().name());
        List<Value> in = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            Tensor t = operands.get(i);
            in.add(fed.test(i) ? g.input("x" + i, t.type()) : g.constant(t));
        }
        List<Value> out = g.apply(op(), in);
        for (int i = 0; i < out.size(); i++) {
            g.output("y" + i, out.get(i));
        }
        return g.build();
    }

    /// What inference sees where each dim of an operand whose value is not known is replaced by what `dim`
    /// makes of it.
    Operands facts(UnaryOperator<Dim> dim) {
        List<Type> types = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            Shape shape = operands.get(i).shape();
            types.add(Type.tensor(operands.get(i).dtype(), isKnown(i) ? shape : shape.map(dim)));
        }
        return facts(types);
    }

    /// What inference sees where not even the rank of operands of unknown value is known.
    Operands unrankedFacts() {
        List<Type> types = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            types.add(
                    isKnown(i)
                            ? operands.get(i).type()
                            : Type.tensor(operands.get(i).dtype(), Shape.UNRANKED));
        }
        return facts(types);
    }

    private Operands facts(List<Type> types) {
        return new Operands() {
            @Override
            public int size() {
                return types.size();
            }

            @Override
            public Type type(int i) {
                return types.get(i);
            }

            @Override
            public Optional<Tensor> value(int i) {
                return isKnown(i) ? Optional.of(operands.get(i)) : Optional.empty();
            }
        };
    }

    /// `ReduceSum[…](f32[2,3], i64[1])`.
    @Override
    public String toString() {
        List<String> types = operands.stream().map(t -> t.type().toString()).toList();
        String op = op().toString();
        return String.format(Locale.ROOT, "%s(%s)", op.length() > 80 ? op().name() : op, String.join(", ", types));
    }
}
