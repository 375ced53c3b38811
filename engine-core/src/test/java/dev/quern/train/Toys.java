package dev.quern.train;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.BatchNormalization;
import dev.quern.op.Casting;
import dev.quern.op.Passing;
import dev.quern.op.Products;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Map;

/// Small models and data that the tests of training share.
final class Toys {
    static final ModelOptions OPTIONS = ModelOptions.defaults().backend(new ReferenceBackend());

    private Toys() {}

    static Tensor drawn(long seed, long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        SplitMix random = new SplitMix(seed);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextDouble() - 0.5);
        }
        return t;
    }

    /// x [N,4] to scores [N,3], with a hidden layer of 8 and what is asked for behind it.
    static Model classifier(boolean normalised, double dropout) {
        return classifier(DType.F32, normalised, dropout);
    }

    /// The same, with parameters and all that is computed in one type.
    static Model classifier(DType dtype, boolean normalised, double dropout) {
        GraphBuilder g = new GraphBuilder("toy");
        Value in = g.input("x", Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.of(4))));
        Value x = dtype == DType.F32 ? in : g.apply(new Casting.Cast(dtype), in);
        Products.Gemm linear = new Products.Gemm(1, 1, false, true);
        g.at("fc1");
        Value h = g.apply(
                linear,
                x,
                g.parameter("fc1.weight", drawn(1, 8, 4).as(dtype)),
                g.parameter("fc1.bias", drawn(2, 8).as(dtype)));
        if (normalised) {
            h = g.at("bn")
                    .apply(
                            new BatchNormalization(1e-5, 0.9, BatchNormalization.Mode.INFERENCE),
                            List.of(
                                    h,
                                    g.parameter("bn.weight", ones(8).as(dtype)),
                                    g.parameter("bn.bias", Tensor.zeros(dtype, 8)),
                                    g.parameter("bn.mean", Tensor.zeros(dtype, 8)),
                                    g.parameter("bn.var", ones(8).as(dtype))))
                    .getFirst();
        }
        h = g.at("relu").apply(Activations.RELU, h);
        if (dropout > 0) {
            h = g.at("dropout")
                    .apply(new Passing.Dropout(dropout, 0), List.of(h))
                    .getFirst();
        }
        g.at("fc2");
        Value y = g.apply(
                linear,
                h,
                g.parameter("fc2.weight", drawn(3, 3, 8).as(dtype)),
                g.parameter("fc2.bias", drawn(4, 3).as(dtype)));
        g.output("scores", y);
        return Model.of(g.build(), OPTIONS);
    }

    private static Tensor ones(int n) {
        float[] ones = new float[n];
        java.util.Arrays.fill(ones, 1);
        return Tensor.of(ones, n);
    }

    /// 50 rows whose class is the place of the largest of the first three numbers.
    static Dataset rows() {
        Tensor x = drawn(9, 50, 4);
        long[] y = new long[50];
        for (int i = 0; i < 50; i++) {
            for (int c = 1; c < 3; c++) {
                y[i] = x.getDouble(4 * i + c) > x.getDouble(4 * i + (int) y[i]) ? c : y[i];
            }
        }
        return Dataset.arrays(Map.of("x", x), Tensor.of(y, 50)).batched(16).shuffled(5);
    }

    static Tensor parameter(Model model, String name) {
        return model.graph().parameters().stream()
                .filter(v -> v.name().equals(name))
                .findFirst()
                .flatMap(Value::constant)
                .orElseThrow();
    }

    static boolean sameParameters(Model a, Model b) {
        return a.graph().parameters().stream()
                .allMatch(v -> parameter(a, v.name()).sameAs(parameter(b, v.name())));
    }
}
