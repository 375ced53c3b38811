package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// The adjoint of a [MaxPool][Pools.MaxPool] whose windows lie side by side, without padding: each element of operand 1
/// goes to the first of the greatest elements of its window, or the first NaN, in zeros with the shape of operand 0,
/// the pool's. No positions need to be kept: a window is looked at again, with all of its elements at hand.
///
/// @param taps the extents of the window, which are also its strides
public record MaxPoolGradient(List<Integer> taps) implements Pools {
    /// With more elements in a window, keeping the position is less work.
    private static final int MOST_TAPS = 4;

    public MaxPoolGradient {
        taps = List.copyOf(taps);
    }

    /// Whether it is the adjoint of such a pool.
    static boolean suits(MaxPool pool) {
        int axes = pool.taps().size();
        Sliding s = pool.sliding();
        boolean padded = switch (s.autoPad()) {
            case EXPLICIT -> s.pads().stream().anyMatch(p -> p != 0);
            case VALID -> false;
            case SAME_UPPER, SAME_LOWER -> true;
        };
        return !padded
                && !pool.ceil()
                && !pool.withIndices()
                && s.strides(axes).equals(pool.taps())
                && s.dilations(axes).equals(Collections.nCopies(axes, 1))
                && product(pool.taps()) <= MOST_TAPS;
    }

    private static int product(List<Integer> numbers) {
        return numbers.stream().reduce(1, (a, b) -> a * b);
    }

    /// The same for any windows: `dy` added up at the positions `indices` of the greatest elements of `x`.
    static Value scattered(GraphBuilder g, Value x, Value indices, Value dy) {
        Value flat = g.longs(-1);
        Value sums = g.apply(
                new Scattering.ScatterElements(0, Kernel.Combine.ADD),
                g.apply(new Shaping.Reshape(), Reductions.filled(g, 0, x), flat),
                g.apply(new Shaping.Reshape(), indices, flat),
                g.apply(new Shaping.Reshape(), dy, flat));
        return g.apply(new Shaping.ReshapeLike(), sums, x);
    }

    /// What this is, said with the positions that a pool of `x` gives.
    public Value scattered(GraphBuilder g, Value x, Value dy) {
        return scattered(g, x, g.apply(pool(), List.of(x)).get(1), dy);
    }

    /// What was moved to `dx`, where it is the result of such an operator: the sum of each plane is the same.
    static Value moved(Value dx) {
        return dx.producer()
                .filter(n -> n.op() instanceof MaxPoolGradient)
                .map(n -> n.input(1))
                .orElse(dx);
    }

    /// The pool, with the positions of what it finds.
    private MaxPool pool() {
        Sliding sliding = new Sliding(Sliding.AutoPad.VALID, List.of(), taps, List.of());
        return new MaxPool(sliding, taps, false, true, false);
    }

    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(2, 2);
        in.require(1, in.dtype(0));
        return List.of(in.dtype(0));
    }

    @Override
    public List<Shape> shapes(Operands in) {
        return List.of(in.shape(0));
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        long[] best = pool().evaluate(List.of(in.get(0))).get(1).toLongs();
        double[] moved = new double[in.get(0).length()];
        for (int i = 0; i < best.length; i++) {
            moved[(int) best[i]] = in.get(1).getDouble(i);
        }
        return List.of(Tensors.of(in.get(0).dtype(), in.get(0).shape(), moved));
    }

    /// What flows back to an element of operand 1 is what flowed back to the element that it went to; where that is
    /// does not change with operand 0.
    @Override
    public void gradient(Adjoint a) {
        GraphBuilder g = a.graph();
        Value indices = g.apply(pool(), List.of(a.input(0))).get(1);
        Value flat = g.longs(-1);
        Value back = g.apply(new Shaping.Reshape(), a.cotangent(0).orElseThrow(), flat);
        Value found = g.apply(new Indexing.GatherElements(0), back, g.apply(new Shaping.Reshape(), indices, flat));
        a.give(1, g.apply(new Shaping.ReshapeLike(), found, a.input(1)));
        if (a.wants(0)) {
            a.give(0, Reductions.filled(g, 0, a.input(0)));
        }
    }

    /// A Map for each row of a window, since each result is a view of its own, and few kernels have many.
    @Override
    public void lower(Lowering l) {
        View x = l.input(0);
        View dy = l.input(1);
        View out = l.output(0);
        int count = product(taps);
        int row = taps.getLast();
        List<View> operands = new ArrayList<>();
        List<Expr> elements = new ArrayList<>();
        for (int tap = 0; tap < count; tap++) {
            operands.add(at(x, tap, dy));
            elements.add(Expr.arg(tap, x.dtype()));
        }
        operands.add(dy);
        List<Expr> moved = moved(elements, Expr.arg(count, dy.dtype()));
        for (int first = 0; first < count && dy.length() > 0; first += row) {
            List<View> results = new ArrayList<>();
            for (int tap = first; tap < first + row; tap++) {
                results.add(at(out, tap, dy));
            }
            l.emit(new Kernel.Map(operands, moved.subList(first, first + row), results));
        }
        for (int axis = 2; axis < x.rank(); axis++) {
            int met = dy.dim(axis) * taps.get(axis - 2);
            Fill.zero(l, out.slice(axis, met, x.dim(axis) - met, 1));
        }
    }

    /// For each window, its element number `tap`.
    private View at(View x, int tap, View windows) {
        View some = x;
        int rest = tap;
        for (int i = taps.size() - 1; i >= 0; i--) {
            int extent = taps.get(i);
            some = some.slice(2 + i, rest % extent, windows.dim(2 + i), extent);
            rest /= extent;
        }
        return some;
    }

    private static List<Expr> moved(List<Expr> elements, Expr dy) {
        Expr greatest = elements.stream().reduce(Expr::max).orElseThrow();
        List<Expr> moved = new ArrayList<>();
        Expr rest = dy;
        for (Expr x : elements) {
            Expr found = x.eq(greatest).or(x.ne(x));
            moved.add(Expr.select(found, rest, rest.like(0)));
            rest = Expr.select(found, rest.like(0), rest);
        }
        return moved;
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(
                        new MaxPoolGradient(List.of(2, 2)),
                        Example.f32(2, 3, 5, 6).distinctValues().notDifferentiable(),
                        Example.f32(2, 3, 2, 3)),
                Example.of(
                        new MaxPoolGradient(List.of(3)),
                        Example.f32(1, 2, 7).distinctValues().notDifferentiable(),
                        Example.f32(1, 2, 2)));
    }
}
