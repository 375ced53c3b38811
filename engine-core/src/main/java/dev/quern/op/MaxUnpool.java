package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Puts the elements of operand 0 at the positions in operand 1 that MaxPool found them at, zeros elsewhere. Positions
/// are those in a result of the least shape that the attributes give; a larger shape, operand 2, adds zeros at the
/// ends. ONNX MaxUnpool, opset 22.
///
/// @param taps the extents of the window
public record MaxUnpool(Sliding sliding, List<Integer> taps) implements Pools {
    public MaxUnpool {
        taps = List.copyOf(taps);
    }

    @Override
    public Set<Integer> shapeOperands() {
        return Set.of(2);
    }

    @Override
    public List<Shape> shapes(Operands in) {
        in.requireSize(2, 3);
        if (in.size() == 3) {
            Optional<long[]> wanted = in.longs(2);
            return List.of(
                    wanted.isPresent()
                            ? Shape.of(wanted.get())
                            : Shape.ofRank(in.shape(0).rank()));
        }
        return List.of(least(in.shape(0)));
    }

    private Shape least(Shape x) {
        sliding.requireAxes(taps.size());
        List<Dim> dims = new ArrayList<>(x.dims().subList(0, 2));
        for (int i = 0; i < taps.size(); i++) {
            long pads = (long) sliding.padLow(i, 0, taps.get(i)) + sliding.padHigh(i, 0, taps.get(i));
            dims.add(x.dim(2 + i).times(sliding.stride(i)).plus(taps.get(i) - sliding.stride(i) - pads));
        }
        return Shape.of(dims);
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        Tensor x = in.get(0);
        Shape shape = shapes(Operands.ofValues(in)).getFirst();
        int[] least = least(x.shape()).intExtents();
        int[] inner = View.rowMajor(least);
        int[] outer = View.rowMajor(shape.intExtents());
        Tensor out = Tensor.zeros(x.dtype(), shape);
        for (int i = 0; i < x.length(); i++) {
            long at = in.get(1).getLong(i);
            int to = 0;
            for (int axis = 0; axis < least.length; axis++) {
                to += (int) (at / inner[axis] % least[axis]) * outer[axis];
            }
            out.elements().copy(to, x.elements(), i);
        }
        return List.of(out);
    }

    /// Each element's gradient is where the element went; with a shape of its own, the gradient is cut to the least
    /// one first.
    @Override
    public void gradient(Adjoint a) {
        GraphBuilder g = a.graph();
        Value dy = a.cotangent(0).orElseThrow();
        if (a.inputs() == 3) {
            Value least = g.apply(this, a.input(0), a.input(1));
            Value zeros = g.longs(new long[taps.size() + 2]);
            Value ends = g.apply(new ShapeQueries.ShapeOf(), least);
            dy = g.apply(new Arranging.Slice(), dy, zeros, ends);
        }
        Value flat = g.longs(-1);
        Value picked = g.apply(
                new Indexing.GatherElements(0),
                g.apply(new Shaping.Reshape(), dy, flat),
                g.apply(new Shaping.Reshape(), a.input(1), flat));
        a.give(0, g.apply(new Shaping.ReshapeLike(), picked, a.input(0)));
    }

    @Override
    public void lower(Lowering l) {
        View out = l.output(0);
        int[] least = least(Shape.of(l.input(0).dims())).intExtents();
        boolean same = Arrays.equals(least, out.dims());
        View whole = same ? out : l.temporary(out.dtype(), least);
        int n = l.input(0).length();
        l.emit(new Kernel.Scatter(
                Fill.constant(l, out.dtype(), 0, whole.length()),
                l.reshaped(1, n),
                l.reshaped(0, n),
                Kernel.Addressing.AXIS,
                0,
                Kernel.Combine.REPLACE,
                Strided.as(whole, whole.length())));
        if (!same) {
            Fill.zero(l, out);
            View corner = out;
            for (int axis = 0; axis < least.length; axis++) {
                corner = corner.slice(axis, 0, least[axis], 1);
            }
            l.copy(whole, corner);
        }
    }

    static Stream<Example> examples() {
        Example.Operand indices = Example.fixed(Tensor.of(new long[] {5, 7, 13, 15}, 1, 1, 2, 2));
        Sliding halves = Sliding.of(List.of(0, 0), List.of(2, 2));
        return Stream.of(
                Example.of(new MaxUnpool(halves, List.of(2, 2)), Example.f32(1, 1, 2, 2), indices),
                Example.of(
                        new MaxUnpool(halves, List.of(2, 2)),
                        Example.f32(1, 1, 2, 2),
                        indices,
                        Example.longs(1, 1, 5, 5)));
    }
}
