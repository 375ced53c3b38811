package dev.quern.onnx;

import static dev.quern.onnx.Words.sometimes;
import static dev.quern.onnx.Words.words;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel.Combine;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.Joining;
import dev.quern.op.Logic;
import dev.quern.op.Padding;
import dev.quern.op.Placing;
import dev.quern.op.Reduce;
import dev.quern.op.Reductions;
import dev.quern.op.Scattering;
import dev.quern.op.ShapeQueries;
import dev.quern.op.Shaping;
import dev.quern.op.Tiling;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Broadcasts, views and their adjoints in operators of ONNX. An adjoint that puts elements where they came
/// from is a scatter over row-major positions, which went the way of the elements.
final class MovementWords {
    private MovementWords() {}

    static List<Words<?>> all() {
        return List.of(
                words(Reductions.SumTo.class, (op, g, in) -> sumTo(g, in.get(0), in.get(1))),
                words(
                        Reductions.Spread.class,
                        (op, g, in) -> g.apply(new Arranging.Expand(), in.get(0), ShapeWords.extents(g, in.get(1)))),
                words(Reductions.SpreadMean.class, (op, g, in) -> spreadMean(g, in.get(0), in.get(1))),
                words(Shaping.ReshapeLike.class, (op, g, in) -> ShapeWords.shaped(g, in.get(0), in.get(1))),
                sometimes(Joining.SplitLike.class, MovementWords::splitLike),
                words(Arranging.Flip.class, (op, g, in) -> flip(op, g, in.get(0))),
                words(Arranging.Diagonal.class, (op, g, in) -> diagonal(op, g, in.get(0))),
                words(Placing.OnDiagonal.class, (op, g, in) -> onDiagonal(op, g, in.get(0), in.get(1))),
                words(Placing.IntoSlice.class, (op, g, in) -> intoSlice(g, in)),
                words(Padding.PadGrad.class, MovementWords::padGrad),
                words(Tiling.TileGrad.class, (op, g, in) -> tileGrad(g, in.get(0), in.get(1))),
                words(Scattering.ScatterSlices.class, MovementWords::scatterSlices),
                sometimes(Scattering.ScatterND.class, MovementWords::scatterBatches),
                sometimes(Tiling.SpaceToDepth.class, MovementWords::spaceToDepth));
    }

    /// Axes that are known to be summed are; where that is not known, those whose extents differ in the run.
    private static Value sumTo(GraphBuilder g, Value x, Value like) {
        Shape from = x.shape();
        Shape to = like.shape();
        if (!from.isRanked() || !to.isRanked()) {
            throw new UnspellableException("the ranks of " + from + " and " + to + " must be known");
        }
        int lead = from.rank() - to.rank();
        boolean known = IntStream.range(lead, from.rank()).allMatch(i -> isSame(from.dim(i), to.dim(i - lead)) != null);
        Value axes = known
                ? g.longs(IntStream.range(0, from.rank())
                        .filter(i -> i < lead || Boolean.FALSE.equals(isSame(from.dim(i), to.dim(i - lead))))
                        .asLongStream()
                        .toArray())
                : differing(g, x, like, lead);
        if (known && axes.constant().orElseThrow().length() == 0) {
            return x;
        }
        Value sum = g.apply(new Reduce(Reduce.Kind.SUM, true, true), x, axes);
        return lead == 0 && known ? sum : ShapeWords.shaped(g, sum, like);
    }

    /// Whether two dims are equal in every run; null where that is not known.
    private static @org.jspecify.annotations.Nullable Boolean isSame(Dim a, Dim b) {
        if (a.equals(b) && !(a instanceof Dim.Unknown)) {
            return true;
        }
        return b.is(1) && a.isFixed() || b.is(1) && a instanceof Dim.Symbol ? Boolean.FALSE : null;
    }

    private static Value differing(GraphBuilder g, Value x, Value like, int lead) {
        Value to = ShapeWords.extents(g, like);
        Value ones = g.longs(LongStream.range(0, lead).map(i -> 1).toArray());
        Value aligned = lead == 0 ? to : g.apply(new Joining.Concat(0), ones, to);
        Value differs = g.apply(Logic.NOT, g.apply(Logic.EQUAL, ShapeWords.extents(g, x), aligned));
        return ShapeWords.flat(g, g.apply(new dev.quern.op.DataDependent.NonZero(), differs));
    }

    private static Value spreadMean(GraphBuilder g, Value x, Value like) {
        Value spread = g.apply(new Arranging.Expand(), x, ShapeWords.extents(g, like));
        if (x.shape().isConcrete() && like.shape().isConcrete()) {
            int count = x.shape().elements() == 0
                    ? 1
                    : like.shape().elements() / x.shape().elements();
            return g.apply(Arithmetic.DIV, spread, g.scalar(x.dtype(), count));
        }
        Value from = g.apply(Arithmetic.MAX, g.apply(new ShapeQueries.Size(), x), g.constant(one()));
        Value count = g.apply(Arithmetic.DIV, g.apply(new ShapeQueries.Size(), like), from);
        return g.apply(Arithmetic.DIV, spread, g.apply(new Casting.Cast(x.dtype()), count));
    }

    private static Tensor one() {
        return Tensor.scalar(DType.I64, 1);
    }

    private static Optional<List<Value>> splitLike(Joining.SplitLike op, GraphBuilder g, List<Value> in) {
        List<Value> extents = in.subList(1, in.size()).stream()
                .map(v -> ShapeWords.extent(g, v, op.axis()))
                .toList();
        return Optional.of(g.apply(
                new Joining.Split(op.axis(), op.count()), List.of(in.getFirst(), ShapeWords.joined(g, extents))));
    }

    private static Value flip(Arranging.Flip op, GraphBuilder g, Value x) {
        int count = op.axes().size();
        Value last = g.longs(
                Collections.nCopies(count, -1L).stream().mapToLong(i -> i).toArray());
        Value beforeFirst = g.longs(Collections.nCopies(count, Long.MIN_VALUE + 1).stream()
                .mapToLong(i -> i)
                .toArray());
        Value axes = g.longs(op.axes().stream().mapToLong(i -> i).toArray());
        return g.apply(new Arranging.Slice(), x, last, beforeFirst, axes, last);
    }

    /// Where the positions along two axes are equal.
    private static Value isDiagonal(GraphBuilder g, Value whole, int keep, int drop) {
        Value extents = ShapeWords.extents(g, whole);
        Value count = ShapeWords.at(g, extents, keep);
        Value positions = ShapeWords.iota(g, count);
        return g.apply(
                Logic.EQUAL,
                ShapeWords.along(g, positions, keep, whole.rank()),
                ShapeWords.along(g, positions, drop, whole.rank()));
    }

    private static Value diagonal(Arranging.Diagonal op, GraphBuilder g, Value x) {
        int keep = x.shape().axis(op.keep());
        int drop = x.shape().axis(op.drop());
        Value only = g.apply(Logic.WHERE, isDiagonal(g, x, keep, drop), x, g.scalar(x.dtype(), 0));
        return g.apply(new Reduce(Reduce.Kind.SUM, false), only, g.longs(drop));
    }

    private static Value onDiagonal(Placing.OnDiagonal op, GraphBuilder g, Value x, Value like) {
        int keep = like.shape().axis(op.keep());
        int drop = like.shape().axis(op.drop());
        Value apart = g.apply(new Shaping.Unsqueeze(), x, g.longs(drop));
        return g.apply(Logic.WHERE, isDiagonal(g, like, keep, drop), apart, g.scalar(x.dtype(), 0));
    }

    /// `updates` added into zeros shaped as `like`, each at the row-major position beside it.
    private static Value placed(GraphBuilder g, Value updates, Value positions, Value like) {
        Value zeros = ShapeWords.flat(g, ShapeWords.filled(g, updates.dtype(), 0, like));
        Value flat = g.apply(
                new Scattering.ScatterElements(0, Combine.ADD),
                zeros,
                ShapeWords.flat(g, positions),
                ShapeWords.flat(g, updates));
        return ShapeWords.shaped(g, flat, like);
    }

    private static Value intoSlice(GraphBuilder g, List<Value> in) {
        List<Value> operands = new ArrayList<>(in.subList(2, in.size()));
        operands.addFirst(ShapeWords.positions(g, in.get(1)));
        Value positions = g.apply(new Arranging.Slice(), operands).getFirst();
        return placed(g, in.get(0), positions, in.get(1));
    }

    private static Value padGrad(Padding.PadGrad op, GraphBuilder g, List<Value> in) {
        List<Value> operands = new ArrayList<>(
                List.of(ShapeWords.positions(g, in.get(1)), in.get(2), g.constant(Tensor.scalar(DType.I64, 0))));
        operands.addAll(in.subList(3, in.size()));
        Value positions = g.apply(new Padding.Pad(op.mode()), operands).getFirst();
        return placed(g, in.get(0), positions, in.get(1));
    }

    /// The sum over the repeats, each of which becomes an axis before its own.
    private static Value tileGrad(GraphBuilder g, Value dy, Value like) {
        int rank = like.rank();
        List<Value> split = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            Value extent = ShapeWords.extent(g, like, i);
            Value all = ShapeWords.extent(g, dy, i);
            boolean known = like.shape().dim(i).isFixed() && dy.shape().dim(i).isFixed();
            split.add(
                    known
                            ? g.longs(dy.shape().dim(i).extent()
                                    / Math.max(1, like.shape().dim(i).extent()))
                            : g.apply(Arithmetic.DIV, all, extent));
            split.add(extent);
        }
        long[] repeats = LongStream.range(0, rank).map(i -> 2 * i).toArray();
        Value apart = g.apply(new Shaping.Reshape(true), dy, ShapeWords.joined(g, split));
        return g.apply(new Reduce(Reduce.Kind.SUM, false), apart, g.longs(repeats));
    }

    /// A scatter of slices along the first axis.
    private static Value scatterSlices(Scattering.ScatterSlices op, GraphBuilder g, List<Value> in) {
        Value data = in.get(0);
        int axis = data.shape().axis(op.axis());
        int places = in.get(1).rank();
        Value points = g.apply(new Shaping.Unsqueeze(), in.get(1), g.longs(places));
        Scattering.ScatterND scatter = new Scattering.ScatterND(0, op.mode());
        if (axis == 0) {
            return g.apply(scatter, data, points, in.get(2));
        }
        List<Integer> first = front(data.rank(), axis, 1);
        List<Integer> ofUpdates = front(in.get(2).rank(), axis, places);
        Value moved = g.apply(
                scatter,
                g.apply(new Arranging.Transpose(first), data),
                points,
                g.apply(new Arranging.Transpose(ofUpdates), in.get(2)));
        return g.apply(new Arranging.Transpose(inverse(first)), moved);
    }

    /// A permutation that puts `count` axes from `axis` on first.
    private static List<Integer> front(int rank, int axis, int count) {
        List<Integer> perm =
                new ArrayList<>(IntStream.range(axis, axis + count).boxed().toList());
        IntStream.range(0, rank).filter(i -> i < axis || i >= axis + count).forEach(perm::add);
        return perm;
    }

    static List<Integer> inverse(List<Integer> perm) {
        return IntStream.range(0, perm.size()).map(perm::indexOf).boxed().toList();
    }

    /// The batch axes that indices share become part of the points.
    private static Optional<List<Value>> scatterBatches(Scattering.ScatterND op, GraphBuilder g, List<Value> in) {
        if (op.batchDims() == 0) {
            return Optional.empty();
        }
        Value points = in.get(1);
        int rank = points.rank();
        List<Value> parts = new ArrayList<>();
        Value whole = ShapeWords.joined(
                g,
                IntStream.range(0, rank)
                        .mapToObj(i -> i == rank - 1 ? g.longs(1) : ShapeWords.extent(g, points, i))
                        .toList());
        for (int b = 0; b < op.batchDims(); b++) {
            Value positions = ShapeWords.iota(g, ShapeWords.at(g, ShapeWords.extents(g, points), b));
            Value column = g.apply(new Arranging.Expand(), ShapeWords.along(g, positions, b, rank), whole);
            parts.add(points.dtype() == DType.I64 ? column : g.apply(new Casting.Cast(points.dtype()), column));
        }
        parts.add(points);
        Value all = g.apply(new Joining.Concat(rank - 1), parts).getFirst();
        return Optional.of(List.of(g.apply(new Scattering.ScatterND(0, op.mode()), in.get(0), all, in.get(2))));
    }

    /// The other order of channels: ONNX has the one that DepthToSpace calls DCR.
    private static Optional<List<Value>> spaceToDepth(Tiling.SpaceToDepth op, GraphBuilder g, List<Value> in) {
        if (op.order() == Tiling.Order.DCR) {
            return Optional.empty();
        }
        Value x = in.getFirst();
        Value depth = g.apply(new Tiling.SpaceToDepth(op.size(), Tiling.Order.DCR), x);
        long block = (long) op.size() * op.size();
        Value apart = g.apply(
                new Shaping.Reshape(false),
                depth,
                ShapeWords.joined(
                        g,
                        List.of(
                                g.longs(0, block, -1),
                                ShapeWords.extent(g, depth, 2),
                                ShapeWords.extent(g, depth, 3))));
        Value swapped = ShapeWords.transposed(g, apart, 0, 2, 1, 3, 4);
        return Optional.of(List.of(ShapeWords.shaped(g, swapped, depth)));
    }
}
