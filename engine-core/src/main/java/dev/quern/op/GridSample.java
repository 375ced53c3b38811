package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Operand 0 [N, C, spatial…] read at the points of operand 1 [N, spatial′…, D], whose coordinates −1 … 1 span the
/// image, the last spatial axis first; D is 2 or 3. ONNX GridSample, opset 22.
///
/// @param method how elements around a point are weighed; the cubic kernel has a = −0.75
/// @param outside what lies outside the image
/// @param alignCorners whether −1 and 1 are the centres of the outermost pixels, else their outer edges
public record GridSample(Interpolation.Method method, Outside outside, boolean alignCorners) implements CompositeOp {

    /// What lies outside the image.
    public enum Outside {
        ZEROS,
        /// The outermost pixel.
        BORDER,
        /// The image mirrored at its border.
        REFLECTION
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = Normalizations.wide(g, in.get(0));
        Value grid = Normalizations.wide(g, in.get(1));
        int spatial = x.rank() - 2;
        if (spatial < 1 || grid.rank() != x.rank()) {
            throw new ShapeException(
                    "an image and a grid of its rank are needed, not " + x.type() + " and " + grid.type());
        }
        Value pixels = g.apply(new Shaping.Reshape(), x, g.longs(0, 0, -1));
        Value rows = g.apply(new Arranging.Transpose(0, 2, 1), pixels);
        List<Tap> taps = List.of();
        for (int axis = 0; axis < spatial; axis++) {
            taps = join(g, taps, along(g, x, grid, axis));
        }
        List<Value> parts = new ArrayList<>();
        for (Tap t : taps) {
            Value at = g.apply(new Shaping.Unsqueeze(), t.position, g.longs(-1));
            Value weight = g.apply(new Shaping.Unsqueeze(), t.weight, g.longs(-1));
            parts.add(g.apply(Arithmetic.MUL, g.apply(new Indexing.GatherND(1), rows, at), weight));
        }
        Value sum =
                parts.stream().reduce((a, b) -> g.apply(Arithmetic.ADD, a, b)).orElseThrow();
        Value channels = g.apply(new ShapeQueries.ShapeOf(0, 2), x);
        Value places = g.apply(new ShapeQueries.ShapeOf(1, -1), grid);
        Value planes = g.apply(new Arranging.Transpose(0, 2, 1), sum);
        Value shape = g.apply(new Joining.Concat(0), channels, places);
        return List.of(Normalizations.narrow(g, g.apply(new Shaping.Reshape(true), planes, shape), in.get(0)));
    }

    /// One element around each point: where it is in its plane, or along an axis, (`i64`) and its weight; both [N,
    /// points].
    ///
    /// @param extent the extent of the axis, `i64` [1]
    private record Tap(Value position, Value weight, Value extent) {}

    private static List<Tap> join(GraphBuilder g, List<Tap> before, List<Tap> axis) {
        if (before.isEmpty()) {
            return axis;
        }
        List<Tap> all = new ArrayList<>();
        for (Tap a : before) {
            for (Tap b : axis) {
                Value row = g.apply(Arithmetic.MUL, a.position, b.extent);
                all.add(new Tap(
                        g.apply(Arithmetic.ADD, row, b.position),
                        g.apply(Arithmetic.MUL, a.weight, b.weight),
                        b.extent));
            }
        }
        return all;
    }

    /// The elements around each point along one spatial axis.
    private List<Tap> along(GraphBuilder g, Value x, Value grid, int axis) {
        long which = x.rank() - 3L - axis;
        Value one = g.apply(new Arranging.Slice(), grid, g.longs(which), g.longs(which + 1), g.longs(-1));
        Value coordinate = g.apply(new Shaping.Reshape(), one, g.longs(0, -1));
        Value extent = g.apply(new ShapeQueries.ShapeOf(2 + axis, 3 + axis), x);
        Value size = g.apply(new Casting.Cast(grid.dtype()), extent);
        Value at = ExprOp.apply(g, "GridPoint", e -> inside(pixel(e.get(0), e.get(1)), e.get(1)), coordinate, size);
        List<Tap> taps = new ArrayList<>();
        for (int offset : offsets()) {
            Value index = ExprOp.apply(g, "GridIndex", e -> index(e.get(0), e.get(1), offset), at, size);
            Value weight = ExprOp.apply(
                    g,
                    "GridWeight",
                    e -> weightInside(e.get(0), e.get(1), offset).castTo(x.dtype()),
                    at,
                    size);
            taps.add(new Tap(index, weight, extent));
        }
        return taps;
    }

    private static Expr neighbour(Expr point, int offset) {
        return point.apply(UnaryFn.FLOOR).plus(offset);
    }

    /// The position of the element at `offset` from the one below a point, or of the one that stands for it.
    private Expr index(Expr point, Expr length, int offset) {
        return clamp(reflected(neighbour(point, offset), length), length).castTo(DType.I64);
    }

    private Expr weightInside(Expr point, Expr length, int offset) {
        Expr weight = weight(point.minus(point.apply(UnaryFn.FLOOR)), offset);
        if (outside != Outside.ZEROS) {
            return weight;
        }
        Expr at = neighbour(point, offset);
        return Expr.select(at.ge(at.like(0)).and(at.lt(length)), weight, weight.like(0));
    }

    private int[] offsets() {
        return switch (method) {
            case NEAREST -> new int[] {0};
            case LINEAR -> new int[] {0, 1};
            case CUBIC -> new int[] {-1, 0, 1, 2};
        };
    }

    /// The pixel coordinate of −1 … 1, whole for NEAREST.
    private Expr pixel(Expr point, Expr length) {
        Expr shifted = point.plus(1);
        Expr pixel = alignCorners
                ? shifted.dividedBy(2).times(length.minus(1))
                : shifted.times(length).minus(1).dividedBy(2);
        return method == Interpolation.Method.NEAREST ? pixel.apply(UnaryFn.ROUND) : pixel;
    }

    /// A pixel coordinate brought inside the image, where the mode of padding says so. At the border CUBIC keeps
    /// the distance from the elements outside, each of which is the outermost one.
    private Expr inside(Expr pixel, Expr length) {
        return switch (outside) {
            case ZEROS -> pixel;
            case BORDER -> method == Interpolation.Method.CUBIC ? pixel : clamp(pixel, length);
            case REFLECTION -> reflected(pixel, length);
        };
    }

    private static Expr clamp(Expr pixel, Expr length) {
        return pixel.max(0).min(length.minus(1));
    }

    /// Mirrored at the borders of the image, as often as needed; unchanged in other modes of padding.
    private Expr reflected(Expr pixel, Expr length) {
        if (outside != Outside.REFLECTION) {
            return pixel;
        }
        Expr low = alignCorners ? length.like(0) : length.like(-0.5);
        Expr range = alignCorners ? length.minus(1) : length;
        Expr away = pixel.minus(low).abs();
        Expr turns = away.dividedBy(range).apply(UnaryFn.FLOOR);
        Expr rest = away.minus(turns.times(range));
        Expr half = turns.dividedBy(2);
        Expr even = half.apply(UnaryFn.FLOOR).eq(half);
        Expr mirrored = Expr.select(even, low.plus(rest), low.plus(range).minus(rest));
        return Expr.select(range.gt(0), mirrored, pixel.like(0));
    }

    /// The weight of the element at `offset` from the one below a point that lies `t` above it.
    private Expr weight(Expr t, int offset) {
        return switch (method) {
            case NEAREST -> t.like(1);
            case LINEAR -> offset == 0 ? t.like(1).minus(t) : t;
            case CUBIC -> {
                double a = -0.75;
                Expr d = offset <= 0 ? t.minus(offset) : t.like(offset).minus(t);
                yield offset == 0 || offset == 1
                        ? d.times(a + 2).minus(a + 3).times(d).times(d).plus(1)
                        : d.times(a).minus(5 * a).times(d).plus(8 * a).times(d).minus(4 * a);
            }
        };
    }

    static Stream<Example> examples() {
        Example.Operand image = Example.f32(2, 3, 4, 5);
        Example.Operand grid = Example.f32(2, 3, 2, 2).in(-1.3, 1.3);
        return Stream.of(
                Example.of(new GridSample(Interpolation.Method.LINEAR, Outside.ZEROS, false), image, grid),
                Example.of(new GridSample(Interpolation.Method.LINEAR, Outside.REFLECTION, true), image, grid),
                Example.of(new GridSample(Interpolation.Method.CUBIC, Outside.BORDER, false), image, grid),
                Example.of(
                        new GridSample(Interpolation.Method.NEAREST, Outside.ZEROS, false),
                        image,
                        grid.notDifferentiable()),
                Example.of(
                        new GridSample(Interpolation.Method.NEAREST, Outside.REFLECTION, true),
                        image,
                        grid.notDifferentiable()),
                Example.of(
                        new GridSample(Interpolation.Method.LINEAR, Outside.BORDER, true),
                        Example.f32(1, 2, 3, 2, 4),
                        Example.f32(1, 2, 2, 2, 3).in(-0.95, 0.95)));
    }
}
