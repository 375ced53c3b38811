package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.AffineGrid;
import dev.quern.op.Casting;
import dev.quern.op.GridSample;
import dev.quern.op.Interpolation;
import dev.quern.op.Interpolation.Coordinates;
import dev.quern.op.Interpolation.Method;
import dev.quern.op.Interpolation.Nearest;
import dev.quern.op.Resize;
import dev.quern.op.RoiAlign;
import dev.quern.op.Unfolding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Resizing and sampling of images.
final class ImageRows {
    private ImageRows() {}

    static List<Row> rows() {
        return List.of(
                row(
                        "Upsample",
                        1,
                        n -> n.result(
                                legacy(n),
                                n.in(0),
                                n.constant(floats(1, 1, n.number("height_scale", 1), n.number("width_scale", 1))))),
                row(
                        "Upsample",
                        7,
                        n -> interpolated(
                                n,
                                legacy(n),
                                n.in(0),
                                n.constant(floats(n.numbers("scales")
                                        .orElseThrow(() -> new UnsupportedNodeException("scales are required")))))),
                row("Upsample", 9, n -> interpolated(n, legacy(n), n.in(0), n.in(1))),
                row("Resize", 10, n -> interpolated(n, legacy(n), n.in(0), n.in(1))),
                row("Resize", 11, ImageRows::resize),
                row("GridSample", 16, ImageRows::gridSample),
                Row.microsoft("GridSample", ImageRows::gridSample),
                row("AffineGrid", 20, n -> n.result(new AffineGrid(n.flag("align_corners", false)), n.all())),
                row("Col2Im", 18, n -> n.result(new Unfolding.Col2Im(ProductRows.sliding(n)), n.all())),
                row("RoiAlign", 10, n -> roiAlign(n, "output_half_pixel")),
                row("RoiAlign", 16, n -> roiAlign(n, "half_pixel")));
    }

    private static List<Value> gridSample(NodeImport n) {
        GridSample op = new GridSample(
                method(n.text("mode", "linear")),
                GridSample.Outside.valueOf(upper(n.text("padding_mode", "zeros"))),
                n.flag("align_corners", false));
        return n.result(op, n.all());
    }

    private static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    private static Tensor floats(float... values) {
        return Tensor.of(values, values.length);
    }

    private static Method method(String mode) {
        return switch (mode) {
            case "nearest" -> Method.NEAREST;
            case "linear", "bilinear" -> Method.LINEAR;
            case "cubic", "bicubic" -> Method.CUBIC;
            default -> throw new UnsupportedNodeException("mode must be nearest, linear or cubic, not " + mode);
        };
    }

    /// Before opset 11: positions are divided by the scale, and the neighbour below is taken.
    private static Resize legacy(NodeImport n) {
        Interpolation how = new Interpolation(
                method(n.text("mode", "nearest")), Coordinates.ASYMMETRIC, Nearest.OUTER, -0.75, false, false, 0);
        return new Resize(how, List.of(), Resize.Aspect.STRETCH);
    }

    private static List<Value> resize(NodeImport n) {
        Coordinates coordinates = Coordinates.valueOf(upper(n.text("coordinate_transformation_mode", "half_pixel")));
        Interpolation how = new Interpolation(
                method(n.text("mode", "nearest")),
                coordinates,
                Nearest.valueOf(upper(n.text("nearest_mode", "round_prefer_floor"))),
                n.number("cubic_coeff_a", -0.75f),
                n.flag("exclude_outside", false),
                n.flag("antialias", false),
                n.number("extrapolation_value", 0));
        Resize.Aspect aspect = Resize.Aspect.valueOf(upper(n.text("keep_aspect_ratio_policy", "stretch")));
        Resize op = new Resize(how, ShapingRows.ints(n.integers("axes").orElse(new long[0])), aspect);
        Value extents = n.has(3) ? n.in(3) : n.in(2);
        return coordinates == Coordinates.TF_CROP_AND_RESIZE
                ? interpolated(n, op, n.in(0), extents, n.in(1))
                : interpolated(n, op, n.in(0), extents);
    }

    /// Integers are interpolated as f32 and cut off.
    private static List<Value> interpolated(NodeImport n, Resize op, Value x, Value... rest) {
        boolean direct = x.dtype().isFloat() || op.how().method() == Interpolation.Method.NEAREST;
        List<Value> in = new ArrayList<>(List.of(direct ? x : n.apply(new Casting.Cast(DType.F32), x)));
        in.addAll(List.of(rest));
        return direct
                ? n.result(op, in)
                : n.result(
                        new Casting.Cast(x.dtype()), n.builder().apply(op, in).getFirst());
    }

    private static List<Value> roiAlign(NodeImport n, String otherwise) {
        return n.result(
                new RoiAlign(
                        (int) n.integer("output_height", 1),
                        (int) n.integer("output_width", 1),
                        (int) n.integer("sampling_ratio", 0),
                        n.number("spatial_scale", 1),
                        n.text("coordinate_transformation_mode", otherwise).equals("half_pixel"),
                        n.text("mode", "avg").equals("max")),
                n.all());
    }
}
