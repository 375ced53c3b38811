package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
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
        Tensor out = Tensor.zeros(
                x.dtype(), infer(Operands.ofValues(in)).getFirst().asTensor().shape());
        RoiSamples samples = new RoiSamples(this, x.shape(), boxes, images);
        samples.forEach(host, (at, corners) -> out.elements().set(at, max ? greatest(x, corners) : mean(x, corners)));
        return List.of(out);
    }

    private static double mean(Tensor x, RoiSamples.Corners corners) {
        double sum = 0;
        for (int i = 0; i < corners.count(); i++) {
            sum += corners.weight(i) * x.getDouble(corners.position(i));
        }
        return sum / corners.samples();
    }

    private static double greatest(Tensor x, RoiSamples.Corners corners) {
        int best = corners.best(x);
        return best < 0 ? 0 : corners.weight(best) * x.getDouble(corners.position(best));
    }

    @Override
    public boolean isDifferentiable() {
        return true;
    }

    /// Boxes are places: they have no gradient, as in torchvision.
    @Override
    public void gradient(Adjoint a) {
        if (a.wants(0)) {
            GraphBuilder g = a.graph();
            Value dy = a.cotangent(0).orElseThrow();
            List<Value> in = List.of(a.input(0), a.input(1), a.input(2));
            a.give(
                    0,
                    max
                            ? RoiMaxima.scattered(g, a.input(0), g.apply(new RoiMaxima(this), in), dy)
                            : g.apply(new RoiAlignGradient(this), in.get(0), in.get(1), in.get(2), dy));
        }
    }

    static Stream<Example> examples() {
        Example.Operand boxes = Example.fixed(Tensor.of(new float[] {0, 0, 4, 4, 1, 2, 5, 3.5f}, 2, 4))
                .notDifferentiable();
        Example.Operand images = Example.fixed(Tensor.of(new long[] {0, 1}, 2));
        return Stream.of(
                Example.of(new RoiAlign(2, 2, 2, 1, true, false), Example.f32(2, 3, 6, 6), boxes, images),
                Example.of(new RoiAlign(2, 3, 0, 1, true, false), Example.f32(2, 1, 5, 4), boxes, images),
                Example.of(
                        new RoiAlign(3, 2, 0, 0.5, false, true),
                        Example.f32(2, 3, 6, 6).distinctValues(),
                        boxes,
                        images));
    }
}
