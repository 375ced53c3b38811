package dev.quern.bench.training;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.session.GraphRunner;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.train.AdamW;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The update of a training step without its gradient: AdamW over 24 matrices of 1024 × 1024 and 24 vectors, 25 million
/// parameters.
final class OptimizerAlone implements AutoCloseable {
    private static final int LAYERS = 24;
    private static final int WIDTH = 1024;

    private final AdamW optimizer = new AdamW(1e-3);
    private final GraphRunner runner;
    private final List<Tensor> changed = new ArrayList<>();
    private final List<Tensor> operands = new ArrayList<>();
    private long step;

    OptimizerAlone(ModelOptions options) {
        GraphBuilder g = new GraphBuilder("optimizer");
        int factors = optimizer.factors(1, 1).length;
        List<Value> scalars = new ArrayList<>();
        for (int i = 0; i < factors; i++) {
            scalars.add(g.input("factor" + i, Type.tensor(DType.F32)));
        }
        for (int i = 0; i < 2 * LAYERS; i++) {
            Shape shape = i < LAYERS ? Shape.of(WIDTH, WIDTH) : Shape.of(WIDTH);
            parameter(g, i, shape, scalars);
        }
        this.runner = GraphRunner.of(g.build(), options);
    }

    private void parameter(GraphBuilder g, int number, Shape shape, List<Value> scalars) {
        Type type = Type.tensor(DType.F32, shape);
        Value p = g.input("p" + number, type);
        Value gradient = g.input("g" + number, type);
        List<Value> state = optimizer.state().stream()
                .map(kept -> g.input(kept + number, type))
                .toList();
        List<Value> moved = optimizer.update(g, p, gradient, state, scalars);
        for (int i = 0; i < moved.size(); i++) {
            g.output("new" + number + "." + i, moved.get(i));
        }
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < 2 + state.size(); i++) {
            Tensor t = Tensor.zeros(DType.F32, shape);
            if (i == 1) {
                java.util.Arrays.fill((float[]) t.array(), 0.01f);
            }
            tensors.add(t);
        }
        operands.addAll(tensors);
        tensors.remove(1);
        changed.addAll(tensors);
    }

    void step() {
        step++;
        List<Tensor> all = new ArrayList<>();
        for (double factor : optimizer.factors(step, 1e-3)) {
            all.add(Tensor.scalar(DType.F32, factor));
        }
        all.addAll(operands);
        List<Optional<Tensor>> places = new ArrayList<>();
        changed.forEach(t -> places.add(Optional.of(t)));
        runner.runToTheEnd(all, places);
    }

    @Override
    public void close() {
        runner.close();
    }
}
