package dev.quern.onnx;

import static dev.quern.onnx.Words.sometimes;
import static dev.quern.onnx.Words.words;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.Generators;
import dev.quern.op.Logic;
import dev.quern.op.Padding;
import dev.quern.op.Resize;
import dev.quern.op.ShapeQueries;
import dev.quern.op.Shaping;
import dev.quern.op.Softmaxes;
import dev.quern.op.Tiling;
import dev.quern.op.TreeEnsemble;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Views, shapes and orders by other operators, for opsets that do not have them in these forms.
final class OlderMovementWords {
    private OlderMovementWords() {}

    static List<Words<?>> all() {
        return List.of(
                sometimes(Shaping.Reshape.class, OlderMovementWords::reshape),
                sometimes(Arranging.Expand.class, (op, g, in) -> expand(g, in.get(0), in.get(1))),
                sometimes(Generators.ConstantOfShape.class, OlderMovementWords::filled),
                sometimes(Generators.Trilu.class, OlderMovementWords::triangle),
                words(ShapeQueries.ShapeOf.class, (op, g, in) -> extents(op, g, in.getFirst())),
                sometimes(Padding.Pad.class, OlderMovementWords::padAll),
                sometimes(TreeEnsemble.class, TreeWriter::unified),
                sometimes(Resize.class, OlderResize::halfPixel),
                sometimes(
                        Softmaxes.Softmax.class,
                        (op, g, in) -> last(g, in.getFirst(), op.axis(), Softmaxes.Softmax::new)),
                sometimes(
                        Softmaxes.LogSoftmax.class,
                        (op, g, in) -> last(g, in.getFirst(), op.axis(), Softmaxes.LogSoftmax::new)),
                sometimes(
                        Softmaxes.Hardmax.class,
                        (op, g, in) -> last(g, in.getFirst(), op.axis(), Softmaxes.Hardmax::new)));
    }

    private static Optional<Tensor> known(GraphBuilder g, Value v) {
        return v.constant().or(() -> g.valueOf(v));
    }

    /// Before opset 14 a 0 took the operand's extent. Where the shape is computed, it has zeros only for tensors
    /// without elements, whose reshape then fails loudly.
    private static Optional<List<Value>> reshape(Shaping.Reshape op, GraphBuilder g, List<Value> in) {
        boolean zeros = known(g, in.get(1))
                .filter(t -> LongStream.of(t.toLongs()).anyMatch(d -> d == 0))
                .isPresent();
        return !op.allowZero() || zeros ? Optional.empty() : Optional.of(g.apply(new Shaping.Reshape(false), in));
    }

    /// Repeats of each axis, before opset 8.
    private static Optional<List<Value>> expand(GraphBuilder g, Value x, Value shape) {
        Optional<Tensor> wanted = known(g, shape);
        if (wanted.isEmpty() || !x.shape().isConcrete()) {
            return Optional.empty();
        }
        Shape whole = x.shape().broadcast(Shape.of(wanted.get().toLongs()));
        long[] own = LongStream.concat(
                        LongStream.generate(() -> 1).limit(whole.rank() - x.rank()),
                        LongStream.of(x.shape().extents()))
                .toArray();
        long[] repeats = IntStream.range(0, own.length)
                .mapToLong(i -> own[i] == 1 ? whole.dim(i).extent() : 1)
                .toArray();
        Value aligned = own.length == x.rank() ? x : g.apply(new Shaping.Reshape(false), x, g.longs(own));
        return Optional.of(List.of(g.apply(new Tiling.Tile(), aligned, g.longs(repeats))));
    }

    /// A number spread out; of a type that opset does not fill with, as a cast of another.
    private static Optional<List<Value>> filled(Generators.ConstantOfShape op, GraphBuilder g, List<Value> in) {
        DType dtype = op.value().dtype();
        Value number = g.constant(op.value().reshape(new long[0]));
        Value spread = g.apply(new Arranging.Expand(), number, in.getFirst());
        return dtype == DType.STRING ? Optional.empty() : Optional.of(List.of(spread));
    }

    /// The part on one side of the diagonal, from a mask that the operator makes of ones.
    private static Optional<List<Value>> triangle(Generators.Trilu op, GraphBuilder g, List<Value> in) {
        Value x = in.getFirst();
        Optional<Tensor> k = in.size() > 1 ? known(g, in.get(1)) : Optional.of(Tensor.scalar(DType.I64, 0));
        if (k.isEmpty()
                || !x.shape().isRanked()
                || !x.shape().slice(x.rank() - 2, x.rank()).isConcrete()) {
            return Optional.empty();
        }
        long[] plane = x.shape().slice(x.rank() - 2, x.rank()).extents();
        Tensor ones = Tensor.zeros(DType.BOOL, plane);
        IntStream.range(0, ones.length()).forEach(i -> ones.elements().set(i, 1L));
        Value mask = g.constant(op.evaluate(List.of(ones, k.get())).getFirst());
        return Optional.of(List.of(g.apply(Logic.WHERE, mask, x, g.scalar(x.dtype(), 0))));
    }

    /// Some of all extents, before opset 15.
    private static Value extents(ShapeQueries.ShapeOf op, GraphBuilder g, Value x) {
        Value all = g.apply(new ShapeQueries.ShapeOf(0, Long.MAX_VALUE), x);
        return g.apply(new Arranging.Slice(), all, g.longs(op.start()), g.longs(op.end()), g.longs(0));
    }

    /// Pads of some axes as pads of all, before opset 18.
    private static Optional<List<Value>> padAll(Padding.Pad op, GraphBuilder g, List<Value> in) {
        Value x = in.getFirst();
        Optional<Tensor> pads = known(g, in.get(1));
        Optional<Tensor> axes = in.size() > 3 ? known(g, in.get(3)) : Optional.empty();
        if (pads.isEmpty() || axes.isEmpty() || !x.shape().isRanked()) {
            return Optional.empty();
        }
        int count = axes.get().length();
        long[] all = new long[2 * x.rank()];
        for (int i = 0; i < count; i++) {
            int axis = x.shape().axis(axes.get().getLong(i));
            all[axis] = pads.get().getLong(i);
            all[x.rank() + axis] = pads.get().getLong(count + i);
        }
        return Optional.of(g.apply(op, List.of(x, g.longs(all), in.get(2))));
    }

    /// Before opset 13 softmax and its like took all axes from theirs on together, which is the same for the last.
    private static Optional<List<Value>> last(GraphBuilder g, Value x, int axis, IntFunction<CompositeOp> op) {
        if (!x.shape().isRanked() || x.shape().axis(axis) == x.rank() - 1) {
            return Optional.empty();
        }
        List<Integer> swapped =
                new ArrayList<>(IntStream.range(0, x.rank()).boxed().toList());
        Collections.swap(swapped, x.shape().axis(axis), x.rank() - 1);
        Arranging.Transpose transpose = new Arranging.Transpose(swapped);
        return Optional.of(List.of(g.apply(transpose, g.apply(op.apply(x.rank() - 1), g.apply(transpose, x)))));
    }
}
