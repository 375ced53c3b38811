package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.stream.Stream;

/// The adjoint of a [RoiAlign] that takes means, of images, boxes and images of boxes, operands 0 to 2: what flowed
/// back to the tiles, operand 3, goes to the pixels that they looked at, by the same weights.
public record RoiAlignGradient(RoiAlign op) implements HostOp {
    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(4, 4);
        in.require(3, in.dtype(0));
        return List.of(in.type(0));
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor x = in.get(0).asTensor();
        Tensor dy = in.get(3).asTensor();
        double[] sums = new double[x.length()];
        RoiSamples samples =
                new RoiSamples(op, x.shape(), in.get(1).asTensor(), in.get(2).asTensor());
        samples.forEach(host, (at, corners) -> {
            double share = dy.getDouble(at) / corners.samples();
            for (int i = 0; i < corners.count(); i++) {
                sums[corners.position(i)] += corners.weight(i) * share;
            }
        });
        return List.of(Tensors.of(x.dtype(), x.shape(), sums));
    }

    @Override
    public boolean isDifferentiable() {
        return true;
    }

    @Override
    public void gradient(Adjoint a) {
        if (a.wants(0)) {
            a.give(0, Reductions.filled(a.graph(), 0, a.input(0)));
        }
        if (a.wants(3)) {
            a.give(3, a.graph().apply(op, a.cotangent(0).orElseThrow(), a.input(1), a.input(2)));
        }
    }

    static Stream<Example> examples() {
        Example.Operand boxes = Example.fixed(Tensor.of(new float[] {0, 0, 4, 4, 1, 2, 5, 3.5f}, 2, 4))
                .notDifferentiable();
        Example.Operand images = Example.fixed(Tensor.of(new long[] {0, 1}, 2));
        return Stream.of(Example.of(
                new RoiAlignGradient(new RoiAlign(2, 2, 2, 1, true, false)),
                Example.f32(2, 1, 6, 6),
                boxes,
                images,
                Example.f32(2, 1, 2, 2)));
    }
}
