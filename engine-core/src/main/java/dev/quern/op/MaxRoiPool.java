package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.stream.Stream;

/// Regions of images as tiles of one size: operands are images [N, C, H, W] and boxes [R, 5] (image, x1, y1, x2, y2,
/// both corners included); the result is [R, C, height, width]. A tile's pixel is the maximum over its part of the box,
/// whose corners are rounded to pixels; 0 where that part lies outside. ONNX MaxRoiPool, opset 22 (Girshick, Fast
/// R-CNN, 2015).
///
/// @param scale what coordinates of boxes are multiplied by
public record MaxRoiPool(int height, int width, double scale) implements HostOp {

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(2, 2);
        Shape x = in.shape(0);
        Shape boxes = in.shape(1);
        if ((x.isRanked() && x.rank() != 4) || (boxes.isRanked() && boxes.rank() != 2)) {
            throw new ShapeException(
                    "images [N, C, H, W] and boxes [R, 5] are needed, not " + in.tensor(0) + " and " + in.tensor(1));
        }
        Dim count = boxes.isRanked() ? boxes.dim(0) : Dim.UNKNOWN;
        Dim channels = x.isRanked() ? x.dim(1) : Dim.UNKNOWN;
        return List.of(Type.tensor(in.dtype(0), Shape.of(count, channels, Dim.of(height), Dim.of(width))));
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor x = in.get(0).asTensor();
        int[] best = positions(host, x, in.get(1).asTensor());
        Tensor out = Tensor.zeros(
                x.dtype(), infer(Operands.ofValues(in)).getFirst().asTensor().shape());
        for (int i = 0; i < best.length; i++) {
            if (best[i] >= 0) {
                out.elements().copy(i, x.elements(), best[i]);
            }
        }
        return List.of(out);
    }

    @Override
    public boolean isDifferentiable() {
        return true;
    }

    /// Boxes, being rounded, have no gradient.
    @Override
    public void gradient(Adjoint a) {
        if (a.wants(0)) {
            GraphBuilder g = a.graph();
            List<Value> best = g.apply(new MaxRoiPoolMaxima(this), List.of(a.input(0), a.input(1)));
            a.give(0, RoiMaxima.scattered(g, a.input(0), best, a.cotangent(0).orElseThrow()));
        }
    }

    /// For each pixel of each tile, where its maximum, or its first NaN, lies in `x`; -1 where there is none.
    int[] positions(Host host, Tensor x, Tensor boxes) {
        int[] dims = x.shape().intExtents();
        int count = (int) boxes.shape().dim(0).extent();
        int[] best = new int[count * dims[1] * height * width];
        int at = 0;
        for (int r = 0; r < count; r++) {
            host.checkCancelled();
            long image = boxes.getLong(5 * r);
            if (image < 0 || image >= dims[0]) {
                throw new ShapeException("box " + r + " is of image " + image + ", but there are " + dims[0]);
            }
            Span columns = span(boxes, 5 * r + 1);
            Span rows = span(boxes, 5 * r + 2);
            for (int c = 0; c < dims[1]; c++) {
                int plane = ((int) image * dims[1] + c) * dims[2] * dims[3];
                for (int i = 0; i < height; i++) {
                    for (int j = 0; j < width; j++) {
                        Span h = rows.part(i, height, dims[2]);
                        Span w = columns.part(j, width, dims[3]);
                        best[at++] = greatest(x, plane, dims[3], h, w);
                    }
                }
            }
        }
        return best;
    }

    /// From the coordinate at `first` to the one two places on, both included.
    private Span span(Tensor boxes, int first) {
        int from = (int) Math.round(boxes.getDouble(first) * scale);
        int to = (int) Math.round(boxes.getDouble(first + 2) * scale);
        return new Span(from, from + Math.max(to - from + 1, 1));
    }

    private static int greatest(Tensor x, int plane, int rowLength, Span rows, Span columns) {
        int best = -1;
        double greatest = Double.NEGATIVE_INFINITY;
        for (int i = rows.from; i < rows.to; i++) {
            for (int j = columns.from; j < columns.to; j++) {
                int at = plane + i * rowLength + j;
                double value = x.getDouble(at);
                if (best < 0 || value > greatest || (Double.isNaN(value) && !Double.isNaN(greatest))) {
                    best = at;
                    greatest = value;
                }
            }
        }
        return best;
    }

    /// Pixels along one axis.
    private record Span(int from, int to) {
        /// Part `i` of `count`, as far as it lies within an image of `extent` pixels.
        Span part(int i, int count, int extent) {
            double size = (double) (to - from) / count;
            int first = from + (int) Math.floor(i * size);
            int last = from + (int) Math.ceil((i + 1) * size);
            return new Span(Math.clamp(first, 0, extent), Math.clamp(last, 0, extent));
        }
    }

    static Stream<Example> examples() {
        Example.Operand boxes = Example.fixed(Tensor.of(new float[] {0, 0, 0, 4, 4, 1, 1, 2, 9, 3.5f}, 2, 5))
                .notDifferentiable();
        return Stream.of(
                Example.of(new MaxRoiPool(2, 3, 1), Example.f32(2, 3, 6, 6).distinctValues(), boxes),
                Example.of(new MaxRoiPool(2, 2, 0.5), Example.f32(2, 1, 5, 4).distinctValues(), boxes));
    }
}
