package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.util.List;
import java.util.stream.Stream;

/// Which pixels a [MaxRoiPool] found, for its operands: places and weights as [RoiMaxima] gives them, each weight 1 or,
/// where there is none, 0.
public record MaxRoiPoolMaxima(MaxRoiPool op) implements HostOp {

    @Override
    public List<Type> infer(Operands in) {
        TensorType tiles = op.infer(in).getFirst().asTensor();
        return List.of(Type.tensor(DType.I64, tiles.shape()), tiles);
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        TensorType tiles = infer(Operands.ofValues(in)).get(1).asTensor();
        Tensor places = Tensor.zeros(DType.I64, tiles.shape());
        Tensor weights = Tensor.zeros(tiles.dtype(), tiles.shape());
        int[] best = op.positions(host, in.get(0).asTensor(), in.get(1).asTensor());
        for (int i = 0; i < best.length; i++) {
            if (best[i] >= 0) {
                places.elements().set(i, (long) best[i]);
                weights.elements().set(i, 1.0);
            }
        }
        return List.of(places, weights);
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
                new MaxRoiPoolMaxima(new MaxRoiPool(2, 3, 1)),
                Example.f32(2, 3, 6, 6).distinctValues().notDifferentiable(),
                Example.fixed(Tensor.of(new float[] {0, 0, 0, 4, 4, 1, 1, 2, 9, 3.5f}, 2, 5))
                        .notDifferentiable()));
    }
}
