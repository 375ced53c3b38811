package dev.quern.onnx;

import static dev.quern.onnx.Words.sometimes;
import static dev.quern.onnx.Words.words;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.AveragePool;
import dev.quern.op.Convolutions;
import dev.quern.op.MaxPoolGradient;
import dev.quern.op.Products;
import dev.quern.op.Resize;
import dev.quern.op.ResizeGradient;
import dev.quern.op.ShapeQueries;
import dev.quern.op.Shaping;
import dev.quern.op.Unfolding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Pools and resizing whose form or adjoint ONNX lacks: convolutions of single planes with fixed taps,
/// products with fixed matrices.
final class PoolWords {
    private PoolWords() {}

    static List<Words<?>> all() {
        return List.of(
                sometimes(AveragePool.class, PoolWords::sums),
                words(AveragePool.Gradient.class, PoolWords::averageGradient),
                words(MaxPoolGradient.class, (op, g, in) -> op.scattered(g, in.get(0), in.get(1))),
                words(Unfolding.Im2Col.class, PoolWords::im2Col),
                words(ResizeGradient.class, PoolWords::resizeGradient));
    }

    /// [N, C, …] as [N · C, 1, …].
    private static Value planes(GraphBuilder g, Value v) {
        List<Value> parts = new ArrayList<>(List.of(g.longs(-1, 1)));
        IntStream.range(2, v.rank()).forEach(i -> parts.add(ShapeWords.extent(g, v, i)));
        return g.apply(new Shaping.Reshape(false), v, ShapeWords.joined(g, parts));
    }

    private static Value ones(GraphBuilder g, DType dtype, List<Integer> taps) {
        long[] dims = IntStream.concat(IntStream.of(1, 1), taps.stream().mapToInt(t -> t))
                .asLongStream()
                .toArray();
        return g.constant(filled(dtype, dims));
    }

    private static Tensor filled(DType dtype, long... dims) {
        Tensor ones = Tensor.zeros(dtype, dims);
        Elements e = ones.elements();
        for (int i = 0; i < ones.length(); i++) {
            e.set(i, 1.0);
        }
        return ones;
    }

    /// Sums of windows, not divided: a convolution with ones.
    private static Optional<List<Value>> sums(AveragePool op, GraphBuilder g, List<Value> in) {
        if (op.divisor() != AveragePool.Divisor.ONE) {
            return Optional.empty();
        }
        Value x = in.getFirst();
        Value taps = ones(g, x.dtype(), op.taps());
        Value y = g.apply(op, x);
        Windowing windows = Windowing.of(op.sliding(), x, taps, y);
        List<Integer> after = op.ceil() ? windows.rest(x, taps, y) : windows.high();
        Value summed = g.apply(new Convolutions.Conv(windows.sliding(after), 1), planes(g, x), taps);
        List<Value> parts = new ArrayList<>(List.of(ShapeWords.extent(g, x, 0), ShapeWords.extent(g, x, 1)));
        parts.add(
                y.shape().slice(2, y.rank()).isConcrete()
                        ? g.longs(y.shape().slice(2, y.rank()).extents())
                        : g.apply(new ShapeQueries.ShapeOf(2, Long.MAX_VALUE), summed));
        return Optional.of(List.of(g.apply(new Shaping.Reshape(true), summed, ShapeWords.joined(g, parts))));
    }

    private static Value averageGradient(AveragePool.Gradient op, GraphBuilder g, List<Value> in) {
        AveragePool pool = op.pool();
        Value dy = in.get(0);
        Value x = in.get(1);
        Shape spatial = x.shape().slice(2, x.rank());
        Value taps = ones(g, dy.dtype(), pool.taps());
        Windowing windows = Windowing.of(pool.sliding(), x, taps, dy);
        if (pool.divisor() != AveragePool.Divisor.ONE && !spatial.isConcrete()) {
            throw new UnspellableException(
                    "spatial extents must be fixed, not those of " + x.type() + "; quern convert --shape fixes them");
        }
        Value share = pool.divisor() == AveragePool.Divisor.ONE
                ? dy
                : g.apply(Arithmetic.DIV, dy, g.constant(counts(pool, dy.dtype(), spatial)));
        Value spread = ConvolutionWords.spreadOver(g, planes(g, share), taps, planes(g, x), windows, 1);
        return ShapeWords.shaped(g, spread, x);
    }

    /// By how much each window divides: the sum of ones over their average.
    private static Tensor counts(AveragePool pool, DType dtype, Shape spatial) {
        Tensor plane = filled(DType.F64, Shape.of(1, 1).concat(spatial).extents());
        Tensor averages = pool.evaluate(List.of(plane)).getFirst();
        Tensor sums = new AveragePool(pool.sliding(), pool.taps(), pool.ceil(), AveragePool.Divisor.ONE)
                .evaluate(List.of(plane))
                .getFirst();
        Tensor counts = Tensor.zeros(dtype, averages.shape());
        Elements e = counts.elements();
        for (int i = 0; i < counts.length(); i++) {
            double average = averages.getDouble(i);
            e.set(i, average == 0 || Double.isNaN(average) ? 1 : Math.rint(sums.getDouble(i) / average));
        }
        return counts;
    }

    /// A convolution that lets each element of a block through to a channel of its own.
    private static Value im2Col(Unfolding.Im2Col op, GraphBuilder g, List<Value> in) {
        Value image = in.get(0);
        Tensor block = in.get(3)
                .constant()
                .orElseThrow(() -> new UnspellableException("the extents of a block must be constant"));
        int size = (int) Arrays.stream(block.toLongs()).reduce(1, Math::multiplyExact);
        Tensor unit = Tensor.zeros(
                image.dtype(),
                Shape.of(size, 1).concat(Shape.of(block.toLongs())).extents());
        Elements e = unit.elements();
        for (int i = 0; i < size; i++) {
            e.set(i * size + i, 1.0);
        }
        Value w = g.constant(unit);
        Windowing windows = Windowing.of(op.back().sliding(), image, w, image);
        Value blocks = g.apply(new Convolutions.Conv(windows.sliding(windows.high()), 1), planes(g, image), w);
        return ShapeWords.shaped(g, blocks, in.get(1));
    }

    /// Axis by axis a product with the matrix that resizing is.
    private static Value resizeGradient(ResizeGradient op, GraphBuilder g, List<Value> in) {
        Resize resize = op.resize();
        Value like = in.get(1);
        Tensor given = in.get(2)
                .constant()
                .orElseThrow(() -> new UnspellableException("the extents of the result must be constant"));
        if (resize.aspect() != Resize.Aspect.STRETCH || in.size() > 3) {
            throw new UnspellableException("the adjoint of a resize that crops or keeps an aspect ratio has no form");
        }
        List<Integer> axes = resize.axes().isEmpty()
                ? IntStream.range(0, like.rank()).boxed().toList()
                : resize.axes();
        Value now = in.get(0);
        for (int i = 0; i < axes.size(); i++) {
            int axis = like.shape().axis(axes.get(i));
            if (!like.shape().dim(axis).isFixed()) {
                throw new UnspellableException("extents must be fixed, not those of " + like.type());
            }
            if (like.shape().dim(axis).equals(now.shape().dim(axis))
                    && (given.dtype() == DType.I64 || given.getDouble(i) == 1)) {
                continue;
            }
            now = product(g, now, axis, matrix(resize, like.shape().dim(axis).extent(), given, i, now.dtype()));
        }
        return now;
    }

    private static Tensor matrix(Resize resize, long extent, Tensor given, int i, DType dtype) {
        Tensor unit = Tensor.zeros(DType.F64, extent, extent);
        Elements e = unit.elements();
        for (int k = 0; k < extent; k++) {
            e.set((int) (k * extent + k), 1.0);
        }
        Tensor one = given.dtype() == DType.I64
                ? Tensor.of(new long[] {given.getLong(i)}, 1)
                : Tensor.of(new float[] {given.getFloat(i)}, 1);
        Tensor weights = new Resize(resize.how(), List.of(0), Resize.Aspect.STRETCH)
                .evaluate(List.of(unit, one))
                .getFirst();
        Tensor typed = Tensor.zeros(dtype, weights.shape());
        Elements t = typed.elements();
        for (int k = 0; k < typed.length(); k++) {
            t.set(k, weights.getDouble(k));
        }
        return typed;
    }

    /// Along `axis`, rows times `matrix`.
    private static Value product(GraphBuilder g, Value v, int axis, Tensor matrix) {
        List<Integer> last = new ArrayList<>(
                IntStream.range(0, v.rank()).filter(i -> i != axis).boxed().toList());
        last.add(axis);
        Value moved = g.apply(new Arranging.Transpose(last), v);
        Value product = g.apply(new Products.MatMul(), moved, g.constant(matrix));
        return g.apply(new Arranging.Transpose(MovementWords.inverse(last)), product);
    }
}
