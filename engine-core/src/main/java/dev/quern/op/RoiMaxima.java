package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.util.List;
import java.util.stream.Stream;

/// Which pixels a [RoiAlign] of maxima found, for its operands: for each pixel of each tile, where among the elements
/// of the images (i64), and the weight that it has there. Where there is none, place and weight are 0.
public record RoiMaxima(RoiAlign op) implements HostOp {

    @Override
    public List<Type> infer(Operands in) {
        TensorType tiles = op.infer(in).getFirst().asTensor();
        return List.of(Type.tensor(DType.I64, tiles.shape()), tiles);
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor x = in.getFirst().asTensor();
        TensorType tiles = infer(Operands.ofValues(in)).get(1).asTensor();
        Tensor places = Tensor.zeros(DType.I64, tiles.shape());
        Tensor weights = Tensor.zeros(tiles.dtype(), tiles.shape());
        RoiSamples samples =
                new RoiSamples(op, x.shape(), in.get(1).asTensor(), in.get(2).asTensor());
        samples.forEach(host, (at, corners) -> {
            int best = corners.best(x);
            if (best >= 0) {
                places.elements().set(at, (long) corners.position(best));
                weights.elements().set(at, corners.weight(best));
            }
        });
        return List.of(places, weights);
    }

    /// What flowed back to tiles, at the places of their maxima, by their weights, in zeros with the shape of `x`.
    static Value scattered(GraphBuilder g, Value x, List<Value> maxima, Value dy) {
        return MaxPoolGradient.scattered(g, x, maxima.get(0), g.apply(Arithmetic.MUL, dy, maxima.get(1)));
    }

    @Override
    public boolean isDifferentiable() {
        return true;
    }

    /// Weights follow from the boxes alone, but for which pixel it is.
    @Override
    public void gradient(Adjoint a) {}

    static Stream<Example> examples() {
        return Stream.of(Example.of(
                new RoiMaxima(new RoiAlign(2, 2, 2, 1, true, true)),
                Example.f32(2, 3, 6, 6).distinctValues().notDifferentiable(),
                Example.fixed(Tensor.of(new float[] {0, 0, 4, 4, 1, 2, 5, 9.5f}, 2, 4))
                        .notDifferentiable(),
                Example.fixed(Tensor.of(new long[] {0, 1}, 2))));
    }
}
