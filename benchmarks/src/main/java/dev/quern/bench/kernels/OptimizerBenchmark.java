package dev.quern.bench.kernels;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.train.AdamW;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A step of AdamW on a million parameters, gradients given; results go to arrays of their own, so that each step
/// starts
/// from the same.
public class OptimizerBenchmark extends KernelBenchmark {
    private static final Type MATRIX = Type.tensor(DType.F32, Shape.of(1024, 1024));
    private static final double RATE = 1e-3;

    private final AdamW optimizer = new AdamW(RATE);

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder("adamw");
        Value parameter = g.input("parameter", MATRIX);
        Value gradient = g.input("gradient", MATRIX);
        List<Value> state =
                optimizer.state().stream().map(kept -> g.input(kept, MATRIX)).toList();
        List<Value> factors = new ArrayList<>();
        for (int i = 0; i < optimizer.factors(1, RATE).length; i++) {
            factors.add(g.input("factor" + i, Type.tensor(DType.F32)));
        }
        List<Value> moved = optimizer.update(g, parameter, gradient, state, factors);
        for (int i = 0; i < moved.size(); i++) {
            g.output("new" + i, moved.get(i));
        }
        return g.build();
    }

    /// The state after no step, and the factors of the first.
    @Override
    protected Map<String, Tensor> given() {
        Map<String, Tensor> given = new HashMap<>();
        optimizer.state().forEach(kept -> given.put(kept, Tensor.zeros(DType.F32, 1024, 1024)));
        double[] factors = optimizer.factors(1, RATE);
        for (int i = 0; i < factors.length; i++) {
            given.put("factor" + i, Tensor.scalar(DType.F32, factors[i]));
        }
        return given;
    }
}
