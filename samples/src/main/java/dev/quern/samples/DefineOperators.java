package dev.quern.samples;

import dev.quern.graph.Adjoint;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Elementwise;
import dev.quern.op.Reduce;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.nio.file.Path;
import java.util.List;

/// Defines an operator of each kind and runs a graph made of them. `docs/adding-an-operator.md` explains the same code.
public final class DefineOperators {
    private DefineOperators() {}

    // element-wise
    static final Elementwise SQUARED_RELU =
            Elementwise.of("SquaredRelu", x -> x.max(0).times(x.max(0)));
    // end

    // composite
    record Standardize(int axis) implements CompositeOp {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = in.getFirst();
            Reduce mean = new Reduce(Reduce.Kind.MEAN, true);
            Value centred = g.apply(Arithmetic.SUB, x, g.apply(mean, x, g.longs(axis)));
            Value variance = g.apply(mean, g.apply(Arithmetic.MUL, centred, centred), g.longs(axis));
            return List.of(g.apply(Arithmetic.DIV, centred, g.apply(Arithmetic.SQRT, variance)));
        }
    }
    // end

    // primitive
    record ReverseLast() implements PrimitiveOp {
        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(1, 1);
            in.shape(0).dim(-1); // fails on a scalar, and says so
            return List.of(in.shape(0));
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor x = in.getFirst();
            Tensor out = Tensor.zeros(x.dtype(), x.shape());
            int n = (int) x.shape().dim(-1).extent();
            for (int i = 0; i < x.length(); i++) {
                out.elements().copy(i, x.elements(), i - i % n + n - 1 - i % n);
            }
            return List.of(out);
        }

        @Override
        public void gradient(Adjoint a) {
            a.give(0, a.graph().apply(this, a.cotangent(0).orElseThrow()));
        }

        @Override
        public void lower(Lowering l) {
            int last = l.input(0).rank() - 1;
            int n = l.input(0).dim(last);
            l.alias(0, l.input(0).slice(last, n - 1, n, -1)); // a view: nothing is computed or copied
        }
    }
    // end

    // written
    /// Saves a graph of two of the operators, which ONNX has not: the composite as what it stands for, the expression
    /// as its functions.
    static void save(Path file) {
        GraphBuilder g = new GraphBuilder("mine");
        Value x = g.input("x", Type.tensor(DType.F32, 1, 4));
        g.output("y", g.apply(SQUARED_RELU, g.apply(new Standardize(1), x)));
        try (Model model = Model.of(g.build(), ModelOptions.defaults())) {
            model.save(file);
        }
    }
    // end

    /// Runs a graph of the three operators on one row.
    public static void main(String[] args) {
        GraphBuilder g = new GraphBuilder("mine");
        Value x = g.input("x", Type.tensor(DType.F32, 1, 4));
        Value y = g.apply(SQUARED_RELU, g.apply(new ReverseLast(), g.apply(new Standardize(1), x)));
        g.output("y", y);
        Graph graph = g.build();
        System.out.print(graph);
        try (Model model = Model.of(graph, ModelOptions.defaults())) {
            System.out.println(model.run(Tensor.of(new float[] {1, 2, 3, 6}, 1, 4)));
        }
    }
}
