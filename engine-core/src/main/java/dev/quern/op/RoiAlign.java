package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.stream.Stream;

/// Regions of images as tiles of one size: operands are images [N, C, H, W], boxes [R, 4] (x1, y1, x2, y2) and the
/// image of each box [R]; the result is [R, C, height, width]. A tile's pixel is the mean, or the maximum, of samples
/// in its part of the box. ONNX RoiAlign, opset 22 (He et al., Mask R-CNN, 2017). Runs on the host: where `samples` is
/// 0 their number depends on the boxes.
///
/// @param samples samples a pixel along each axis; 0 for as many as pixels of the image
/// @param scale what coordinates of boxes are multiplied by
/// @param halfPixel whether pixel centres are at halves (else the box is at least one pixel large)
/// @param max whether the maximum of weighted corners is taken, not the mean of samples
public record RoiAlign(int height, int width, int samples, double scale, boolean halfPixel, boolean max)
        implements HostOp {

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(3, 3);
        in.require(2, DType.I64, DType.I32);
        Shape x = in.shape(0);
        Shape boxes = in.shape(1);
        if ((x.isRanked() && x.rank() != 4) || (boxes.isRanked() && boxes.rank() != 2)) {
            throw new ShapeException(
                    "images [N, C, H, W] and boxes [R, 4] are needed, not " + in.tensor(0) + " and " + in.tensor(1));
        }
        Dim count = boxes.isRanked() ? boxes.dim(0) : Dim.UNKNOWN;
        Dim channels = x.isRanked() ? x.dim(1) : Dim.UNKNOWN;
        return List.of(Type.tensor(in.dtype(0), Shape.of(count, channels, Dim.of(height), Dim.of(width))));
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor x = in.get(0).asTensor();
        Tensor boxes = in.get(1).asTensor();
        Tensor images = in.get(2).asTensor();
        int[] dims = x.shape().intExtents();
        int count = (int) boxes.shape().dim(0).extent();
        Tensor out = Tensor.zeros(x.dtype(), count, dims[1], height, width);
        int at = 0;
        for (int r = 0; r < count; r++) {
            host.checkCancelled();
            Box box = box(boxes, r);
            for (int c = 0; c < dims[1]; c++) {
                Plane plane =
                        new Plane(x, ((int) images.getLong(r) * dims[1] + c) * dims[2] * dims[3], dims[2], dims[3]);
                for (int i = 0; i < height; i++) {
                    for (int j = 0; j < width; j++) {
                        out.elements().set(at++, pixel(plane, box, i, j));
                    }
                }
            }
        }
        return List.of(out);
    }

    private record Box(double y, double x, double height, double width) {}

    private Box box(Tensor boxes, int r) {
        double shift = halfPixel ? 0.5 : 0;
        double x = boxes.getDouble(4 * r) * scale - shift;
        double y = boxes.getDouble(4 * r + 1) * scale - shift;
        double w = boxes.getDouble(4 * r + 2) * scale - shift - x;
        double h = boxes.getDouble(4 * r + 3) * scale - shift - y;
        return halfPixel ? new Box(y, x, h, w) : new Box(y, x, Math.max(h, 1), Math.max(w, 1));
    }

    private double pixel(Plane plane, Box box, int i, int j) {
        double h = box.height / height;
        double w = box.width / width;
        int rows = samples > 0 ? samples : (int) Math.ceil(h);
        int columns = samples > 0 ? samples : (int) Math.ceil(w);
        double sum = 0;
        double greatest = rows * columns > 0 ? Double.NEGATIVE_INFINITY : 0;
        for (int a = 0; a < rows; a++) {
            for (int b = 0; b < columns; b++) {
                double[] corners =
                        plane.corners(box.y + i * h + (a + 0.5) * h / rows, box.x + j * w + (b + 0.5) * w / columns);
                for (double corner : corners) {
                    sum += corner;
                    greatest = Math.max(greatest, corner);
                }
            }
        }
        return max ? greatest : sum / Math.max(1, rows * columns);
    }

    /// One channel of one image.
    private record Plane(Tensor x, int first, int height, int width) {
        /// The four pixels around a point, each times its bilinear weight; zeros where the point is outside.
        double[] corners(double atY, double atX) {
            if (atY < -1 || atY > height || atX < -1 || atX > width) {
                return new double[4];
            }
            double y = Math.clamp(atY, 0, height - 1);
            double x0 = Math.clamp(atX, 0, width - 1);
            int top = (int) y;
            int left = (int) x0;
            int bottom = Math.min(top + 1, height - 1);
            int right = Math.min(left + 1, width - 1);
            double dy = y - top;
            double dx = x0 - left;
            return new double[] {
                (1 - dy) * (1 - dx) * at(top, left),
                (1 - dy) * dx * at(top, right),
                dy * (1 - dx) * at(bottom, left),
                dy * dx * at(bottom, right)
            };
        }

        private double at(int row, int column) {
            return x.getDouble(first + row * width + column);
        }
    }

    static Stream<Example> examples() {
        Example.Operand boxes = Example.fixed(Tensor.of(new float[] {0, 0, 4, 4, 1, 2, 5, 3.5f}, 2, 4));
        Example.Operand images = Example.fixed(Tensor.of(new long[] {0, 1}, 2));
        return Stream.of(
                Example.of(new RoiAlign(2, 2, 2, 1, true, false), Example.f32(2, 3, 6, 6), boxes, images),
                Example.of(new RoiAlign(3, 2, 0, 0.5, false, true), Example.f32(2, 3, 6, 6), boxes, images));
    }
}
