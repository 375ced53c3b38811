package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Operand 0 with other extents, interpolated axis by axis. Operand 1 gives the factors (floats) or the extents (`i64`)
/// of `axes`; operand 2, needed for crops only, the part of each axis that is seen: all starts, then all ends. ONNX
/// Resize, opset 19.
///
/// Each axis is one product with a matrix of weights, or one gather for NEAREST.
///
/// @param axes the axes resized; empty for all
/// @param aspect how extents are understood
public record Resize(Interpolation how, List<Integer> axes, Aspect aspect) implements Resizing {

    /// How extents are understood.
    public enum Aspect {
        /// Each by itself.
        STRETCH,
        /// One factor for all axes, so that none becomes larger than its extent.
        NOT_LARGER,
        /// One factor for all axes, so that none becomes smaller than its extent.
        NOT_SMALLER
    }

    public Resize {
        axes = List.copyOf(axes);
    }

    @Override
    public Set<Integer> shapeOperands() {
        return Set.of(1, 2);
    }

    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(2, 3);
        if (how.method() != Interpolation.Method.NEAREST && !in.dtype(0).isFloat()) {
            throw new ShapeException("floats are needed to interpolate, not " + in.tensor(0));
        }
        return List.of(in.dtype(0));
    }

    @Override
    public List<Shape> shapes(Operands in) {
        Shape x = in.shape(0);
        Optional<Tensor> given = in.value(1);
        int[] at = axes(x.rank());
        Shape out = x;
        for (int i = 0; i < at.length; i++) {
            boolean known = given.isPresent() && (x.dim(at[i]).isFixed() || isStretchedTo(given.get()));
            out = out.with(at[i], known ? Dim.of(extent(x, given.get(), i)) : Dim.UNKNOWN);
        }
        return List.of(out);
    }

    private boolean isStretchedTo(Tensor given) {
        return given.dtype() == DType.I64 && aspect == Aspect.STRETCH;
    }

    private int[] axes(int rank) {
        return axes.isEmpty() ? Axes.all(rank) : Axes.of(axes, rank);
    }

    private long extent(Shape x, Tensor given, int i) {
        if (given.length() != axes(x.rank()).length) {
            throw new ShapeException("one factor or extent is needed for each of " + axes(x.rank()).length
                    + " axes, not " + given.length());
        }
        if (isStretchedTo(given)) {
            return given.getLong(i);
        }
        double scale = scale(x, given, i);
        long extent = x.dim(axes(x.rank())[i]).extent();
        if (given.dtype() == DType.I64) {
            return (long) Math.floor(scale * extent + 0.5);
        }
        // in float, as exporters count: 1.4f · 5 is 7 there, in double a hair less
        return (long) Math.floor((float) scale * extent);
    }

    /// The factor of the `i`-th axis.
    private double scale(Shape x, Tensor given, int i) {
        if (given.dtype() != DType.I64) {
            return given.getDouble(i);
        }
        int[] at = axes(x.rank());
        if (aspect == Aspect.STRETCH) {
            return given.getDouble(i) / x.dim(at[i]).extent();
        }
        double common = given.getDouble(0) / x.dim(at[0]).extent();
        for (int k = 1; k < at.length; k++) {
            double own = given.getDouble(k) / x.dim(at[k]).extent();
            common = aspect == Aspect.NOT_LARGER ? Math.min(common, own) : Math.max(common, own);
        }
        return common;
    }

    record Step(int at, Interpolation.Axis axis) {}

    /// Each axis of the operand as it is resized; those that stay are not in the list.
    List<Step> steps(Shape x, Operands in, int given) {
        Tensor extents = in.value(given).orElseThrow();
        int[] at = axes(x.rank());
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < at.length; i++) {
            int have = (int) x.dim(at[i]).extent();
            int want = (int) extent(x, extents, i);
            boolean crop = how.coordinates() == Interpolation.Coordinates.TF_CROP_AND_RESIZE;
            double start = crop ? in.value(given + 1).orElseThrow().getDouble(i) : 0;
            double end = crop ? in.value(given + 1).orElseThrow().getDouble(at.length + i) : 1;
            Interpolation.Axis axis = new Interpolation.Axis(have, want, scale(x, extents, i), start, end);
            if (have != want || axis.scale() != 1 || crop) {
                steps.add(new Step(at[i], axis));
            }
        }
        return steps;
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        Tensor x = in.get(0);
        Operands known = Operands.ofValues(in);
        Shape shape = shapes(known).getFirst();
        List<Step> steps = steps(x.shape(), known, 1);
        if (how.method() == Interpolation.Method.NEAREST && !x.dtype().isFloat()) {
            return List.of(moved(x, shape, steps));
        }
        double[] values = x.toDoubles();
        int[] dims = x.shape().intExtents();
        for (Step s : steps) {
            values = new AxisProduct(s.at(), how.weights(s.axis())).apply(values, dims);
        }
        Positions p = new Positions(dims);
        for (int i = 0; i < values.length; i++, p.next()) {
            for (Step s : steps) {
                if (how.isOutside(s.axis(), (int) p.index()[s.at()])) {
                    values[i] = how.extrapolation();
                }
            }
        }
        return List.of(Tensors.of(x.dtype(), shape, values));
    }

    private Tensor moved(Tensor x, Shape shape, List<Step> steps) {
        Tensor out = Tensor.zeros(x.dtype(), shape);
        int[] strides = View.rowMajor(x.shape().intExtents());
        Positions p = new Positions(shape.intExtents());
        for (int i = 0; i < out.length(); i++, p.next()) {
            long[] from = p.index().clone();
            steps.forEach(s -> from[s.at()] = how.nearest(s.axis(), (int) from[s.at()]));
            int at = 0;
            for (int axis = 0; axis < from.length; axis++) {
                at += (int) from[axis] * strides[axis];
            }
            out.elements().copy(i, x.elements(), at);
        }
        return out;
    }

    @Override
    public void gradient(Adjoint a) {
        List<Value> in = new ArrayList<>(List.of(a.cotangent(0).orElseThrow(), a.input(0), a.input(1)));
        if (a.inputs() == 3) {
            in.add(a.input(2));
        }
        a.give(0, a.graph().apply(new ResizeGradient(this), in).getFirst());
    }

    @Override
    public void lower(Lowering l) {
        BoundOperands known = new BoundOperands(l);
        List<Step> steps = steps(known.shape(0), known, 1);
        View x = l.input(0);
        if (steps.isEmpty()) {
            l.alias(0, x);
            return;
        }
        View out = l.output(0);
        View now = l.contiguous(0);
        for (int i = 0; i < steps.size(); i++) {
            Step s = steps.get(i);
            int[] dims = now.dims();
            dims[s.at()] = s.axis().out();
            View to = i == steps.size() - 1 ? out : l.temporary(x.dtype(), dims);
            if (how.method() == Interpolation.Method.NEAREST) {
                l.emit(new Kernel.Gather(now, l.constant(nearest(s.axis())), Kernel.Addressing.AXIS, s.at(), to));
            } else {
                new AxisProduct(s.at(), how.weights(s.axis())).emit(l, now, to);
            }
            now = to;
        }
        extrapolate(l, steps, out);
    }

    private Tensor nearest(Interpolation.Axis axis) {
        long[] from = new long[axis.out()];
        for (int i = 0; i < from.length; i++) {
            from[i] = how.nearest(axis, i);
        }
        return Tensor.of(from, from.length);
    }

    /// Sets what stands for positions outside the crop.
    private void extrapolate(Lowering l, List<Step> steps, View out) {
        for (Step s : steps) {
            int i = 0;
            while (i < s.axis().out()) {
                int to = i;
                while (to < s.axis().out() && how.isOutside(s.axis(), to)) {
                    to++;
                }
                if (to > i) {
                    View outside = out.slice(s.at(), i, to - i, 1);
                    l.copy(Fill.constant(l, out.dtype(), how.extrapolation(), outside.dims()), outside);
                }
                i = to + 1;
            }
        }
    }

    static Stream<Example> examples() {
        Interpolation.Coordinates half = Interpolation.Coordinates.HALF_PIXEL;
        Interpolation linear = Interpolation.of(Interpolation.Method.LINEAR, half);
        Interpolation cubic =
                new Interpolation(Interpolation.Method.CUBIC, half, Interpolation.Nearest.FLOOR, -0.5, true, false, 0);
        Interpolation smooth = new Interpolation(
                Interpolation.Method.LINEAR, half, Interpolation.Nearest.FLOOR, -0.75, false, true, 0);
        Interpolation nearest = Interpolation.of(Interpolation.Method.NEAREST, Interpolation.Coordinates.ASYMMETRIC);
        Interpolation crop = new Interpolation(
                Interpolation.Method.LINEAR,
                Interpolation.Coordinates.TF_CROP_AND_RESIZE,
                Interpolation.Nearest.FLOOR,
                -0.75,
                false,
                false,
                9);
        Example.Operand x = Example.f32(1, 2, 4, 5);
        Example.Operand scales = factors(1, 1, 1.5f, 0.6f);
        return Stream.of(
                Example.of(new Resize(linear, List.of(), Aspect.STRETCH), x, scales),
                Example.of(new Resize(cubic, List.of(2, 3), Aspect.STRETCH), x, Example.longs(7, 3)),
                Example.of(new Resize(smooth, List.of(-1), Aspect.STRETCH), x, Example.longs(2)),
                Example.of(new Resize(nearest, List.of(2, 3), Aspect.NOT_LARGER), x, Example.longs(7, 8)),
                Example.of(
                        new Resize(nearest, List.of(), Aspect.STRETCH), Example.operand(DType.U8, 2, 3), factors(2, 2)),
                Example.of(
                        new Resize(crop, List.of(2, 3), Aspect.STRETCH),
                        x,
                        Example.longs(3, 4),
                        factors(0.4f, 0.6f, 1.2f, 1.7f)));
    }

    private static Example.Operand factors(float... values) {
        return Example.fixed(Tensor.of(values, values.length)).asConstant().notDifferentiable();
    }
}
