package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
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

/// Where each pixel of a result comes from under an affine map: operand 0 are the maps [N, D, D+1] (D is 2 or 3),
/// operand 1 the extents N, C, spatial… of the result. Gives [N, spatial…, D], coordinates −1 … 1, the last spatial
/// axis first. ONNX AffineGrid, opset 20.
///
/// @param alignCorners whether −1 and 1 are the centres of the outermost pixels, else their outer edges
public record AffineGrid(boolean alignCorners) implements MapOp {

    @Override
    public Set<Integer> shapeOperands() {
        return Set.of(1);
    }

    @Override
    public List<Shape> shapes(Operands in) {
        in.requireSize(2, 2);
        Shape theta = in.shape(0);
        if (theta.rank() != 3) {
            throw new ShapeException("affine maps [N, D, D+1] are needed, not " + in.tensor(0));
        }
        Optional<long[]> extents = in.longs(1);
        if (extents.isEmpty()) {
            Dim rank = in.shape(1).dim(0);
            return List.of(rank.isFixed() ? Shape.ofRank((int) rank.extent()) : Shape.UNRANKED);
        }
        List<Dim> dims = new ArrayList<>(List.of(theta.dim(0)));
        for (int i = 2; i < extents.get().length; i++) {
            dims.add(Dim.of(extents.get()[i]));
        }
        dims.add(Dim.of(extents.get().length - 2L));
        return List.of(Shape.of(dims));
    }

    @Override
    public Loop loop(List<View> in, DType dtype, int... dims) {
        View theta = in.get(0);
        int spatial = dims.length - 2;
        DType compute = dtype.computeType();
        List<View> columns = new ArrayList<>();
        Expr sum = Expr.arg(spatial, dtype).castTo(compute);
        for (int j = 0; j <= spatial; j++) {
            int[] strides = new int[dims.length];
            strides[0] = theta.stride(0);
            strides[dims.length - 1] = theta.stride(1);
            columns.add(View.of(theta.buffer(), dtype, theta.offset() + j * theta.stride(2), dims, strides));
            if (j < spatial) {
                Expr factor = Expr.arg(j, dtype).castTo(compute);
                sum = sum.plus(factor.times(coordinate(compute, spatial - j, dims[spatial - j])));
            }
        }
        return new Loop(columns, sum.castTo(dtype));
    }

    /// The coordinate −1 … 1 of the position along `axis`.
    private Expr coordinate(DType type, int axis, int extent) {
        Expr at = Expr.index(axis).castTo(type);
        if (!alignCorners) {
            return at.times(2).plus(1).dividedBy(extent).minus(1);
        }
        return extent == 1 ? at.like(-1) : at.times(2).dividedBy(extent - 1).minus(1);
    }

    /// dθ = dgrid · coordinatesᵀ, with 1 as last coordinate.
    @Override
    public void gradient(Adjoint a) {
        if (!a.wants(0)) {
            return;
        }
        GraphBuilder g = a.graph();
        Value dy = a.cotangent(0).orElseThrow();
        int spatial = dy.rank() - 2;
        float[] identity = new float[spatial * (spatial + 1)];
        for (int i = 0; i < spatial; i++) {
            identity[i * (spatial + 1) + i] = 1;
        }
        Tensor unit = Tensor.of(identity, 1, spatial, spatial + 1);
        Value map = g.apply(new Casting.Cast(dy.dtype()), g.constant(unit));
        Value coordinates = g.apply(new Shaping.Squeeze(), g.apply(this, map, a.input(1)), g.longs(0));
        String places = "hwd".substring(0, spatial);
        Contraction linear = new Contraction("n" + places + "i", places + "j", "nij");
        Value ofLinear = g.apply(linear, dy, coordinates);
        long[] axes = new long[spatial];
        for (int i = 0; i < spatial; i++) {
            axes[i] = 1L + i;
        }
        Value ofShift = g.apply(new Reduce(Reduce.Kind.SUM, false), dy, g.longs(axes));
        Value column = g.apply(new Shaping.Unsqueeze(), ofShift, g.longs(-1));
        a.give(0, Shaping.like(g, g.apply(new Joining.Concat(-1), ofLinear, column), a.input(0)));
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(new AffineGrid(false), Example.f32(2, 2, 3), Example.longs(2, 1, 3, 4)),
                Example.of(new AffineGrid(true), Example.f32(1, 3, 4), Example.longs(1, 1, 2, 1, 3)));
    }
}
