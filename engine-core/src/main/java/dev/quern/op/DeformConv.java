package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// A convolution whose taps are moved by offsets that are data, and weighted by a mask; between elements it
/// interpolates, outside x there are zeros. ONNX DeformConv, opset 22; Dai et al., 2017, Zhu et al., 2018.
///
/// Operands: x `[N,C,spatial…]`, w `[O,C/group,taps…]`, offsets `[N,offsetGroups·T·n,out…]` for T taps and n spatial
/// axes (for each tap one number an axis), then bias `[O]` and mask `[N,offsetGroups·T,out…]`, where given.
public record DeformConv(Sliding sliding, int group, int offsetGroups, boolean withBias, boolean withMask)
        implements CompositeOp {

    @Override
    public Set<Integer> weightOperands() {
        return withBias ? Set.of(1, 3) : Set.of(1);
    }

    @Override
    public List<Type> infer(Operands in) {
        int operands = 3 + (withBias ? 1 : 0) + (withMask ? 1 : 0);
        in.requireSize(operands, operands);
        Shape x = in.shape(0);
        Shape w = in.shape(1);
        Shape offsets = in.shape(2);
        if (!x.isRanked() || !w.isRanked() || !offsets.isRanked()) {
            return List.of(Type.tensor(in.dtype(0), Shape.UNRANKED));
        }
        if (x.rank() < 3 || w.rank() != x.rank() || offsets.rank() != x.rank()) {
            throw new ShapeException("x, weights and offsets must have one number of axes, at least 3, not "
                    + in.tensor(0) + ", " + in.tensor(1) + " and " + in.tensor(2));
        }
        sliding.requireAxes(x.rank() - 2);
        Dim channels = w.dim(1).times(group);
        if (x.dim(1).isFixed() && channels.isFixed() && !x.dim(1).equals(channels)) {
            throw new ShapeException(
                    "channels of " + in.tensor(0) + " must be " + group + " times those of " + in.tensor(1));
        }
        return List.of(Type.tensor(in.dtype(0), offsets.with(1, w.dim(0))));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Formula f = new Formula(g);
        Value x = Normalizations.wide(g, in.get(0));
        Value w = Normalizations.wide(g, in.get(1));
        Value offsets = Normalizations.wide(g, in.get(2));
        if (!w.shape().isConcrete()) {
            throw new ShapeException("the weights must have fixed dims, not " + w.type());
        }
        long[] dims = w.shape().extents();
        int[] taps = IntStream.range(2, dims.length).map(i -> (int) dims[i]).toArray();
        long count = LongStream.of(dims).skip(2).reduce(1, (a, b) -> a * b);
        long channels = dims[1] * group;
        Value samples = samples(f, x, offsets, taps, channels / offsetGroups);
        if (withMask) {
            Value mask = Normalizations.wide(g, in.getLast());
            samples = f.mul(samples, f.reshape(mask, 0, offsetGroups, 1, -1));
        }
        Value columns = f.reshape(samples, 0, group, dims[1] * count, -1);
        Value product = f.matMul(f.reshape(w, group, dims[0] / group, dims[1] * count), columns);
        Value out = f.dims(offsets, 2, offsets.rank());
        Value y = f.reshape(product, f.shape(g.longs(0, dims[0]), out));
        if (withBias) {
            y = f.add(y, Normalizations.channels(g, Normalizations.wide(g, in.get(3)), y));
        }
        return List.of(Normalizations.narrow(g, y, in.get(0)));
    }

    /// x at every place, `[N,offsetGroups,channels,T·places]`.
    private Value samples(Formula f, Value x, Value offsets, int[] taps, long channels) {
        int n = taps.length;
        long count = IntStream.of(taps).asLongStream().reduce(1, (a, b) -> a * b);
        Value apart = f.reshape(offsets, f.shape(f.g().longs(0, offsetGroups, count, n), f.dims(offsets, 2, 2 + n)));
        List<Value> facts = new ArrayList<>();
        for (int axis = 0; axis < n; axis++) {
            Value moved = f.squeeze(f.slice(apart, 3, axis, axis + 1), 3);
            facts.add(f.g().apply(new DeformedPlaces.Place(sliding, boxed(taps), axis), moved));
        }
        for (int axis = 0; axis < n; axis++) {
            facts.add(f.dim(x, 2 + axis));
        }
        Value flat = f.reshape(x, 0, offsetGroups, channels, -1);
        List<Value> corners = new ArrayList<>();
        for (int corner = 0; corner < 1 << n; corner++) {
            Value at = f.g().apply(new DeformedPlaces.Address(n, corner), facts).getFirst();
            Value share =
                    f.g().apply(new DeformedPlaces.Share(n, corner), facts).getFirst();
            Value indices = f.expand(f.reshape(at, 0, offsetGroups, 1, -1), f.g().longs(1, 1, channels, 1));
            Value found = f.g().apply(new Indexing.GatherElements(3), flat, indices);
            corners.add(f.mul(found, f.reshape(share, 0, offsetGroups, 1, -1)));
        }
        return corners.stream().reduce(f::add).orElseThrow();
    }

    private static List<Integer> boxed(int... values) {
        return IntStream.of(values).boxed().toList();
    }

    static Stream<Example> examples() {
        Sliding padded = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 0, 1, 1), List.of(2, 1), List.of(1, 2));
        Example.Operand offsets = Example.f32(2, 16, 2, 3).in(-1.4, 1.3).distinctValues();
        return Stream.of(
                Example.of(
                        new DeformConv(padded, 2, 2, true, true),
                        Example.f32(2, 4, 3, 4),
                        Example.f32(2, 2, 2, 2),
                        offsets,
                        Example.f32(2),
                        Example.f32(2, 8, 2, 3)),
                Example.of(
                        new DeformConv(Sliding.PLAIN, 1, 1, false, false),
                        Example.f32(1, 2, 5),
                        Example.f32(3, 2, 2),
                        Example.f32(1, 2, 4).in(-0.7, 0.8).distinctValues()));
    }
}
