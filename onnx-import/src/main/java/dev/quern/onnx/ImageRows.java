package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.AffineGrid;
import dev.quern.op.Casting;
import dev.quern.op.Complexes;
import dev.quern.op.Formula;
import dev.quern.op.GridSample;
import dev.quern.op.Interpolation;
import dev.quern.op.Interpolation.Coordinates;
import dev.quern.op.Interpolation.Method;
import dev.quern.op.Interpolation.Nearest;
import dev.quern.op.MaxRoiPool;
import dev.quern.op.Resize;
import dev.quern.op.RoiAlign;
import dev.quern.op.Unfolding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Resizing and sampling of images.
final class ImageRows {
    /// The first opset with coordinates that are symmetric about the middle.
    private static final int SYMMETRIC_SINCE = 19;

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
                                                .orElseThrow(
                                                        () -> new UnsupportedNodeException("scales are required"))))))
                        .writesAlso(Resize.class, OlderResize::byAttribute),
                row("Upsample", 9, n -> interpolated(n, legacy(n), n.in(0), n.in(1)))
                        .withSizes()
                        .writesAlso(Resize.class, OlderResize::byOperand),
                row("Resize", 10, n -> interpolated(n, legacy(n), n.in(0), n.in(1)))
                        .withSizes()
                        .writes(Resize.class, OlderResize::byOperand),
                row("Resize", 11, ImageRows::resize).withSizes().writes(Resize.class, OlderResize::withAllOperands),
                row("Resize", 13, ImageRows::resize).withSizes().writes(Resize.class, (op, n) -> {
                    if (op.how().coordinates() == Coordinates.TF_HALF_PIXEL_FOR_NN) {
                        throw n.unwritable("its Resize has no tf_half_pixel_for_nn");
                    }
                    resize(op, n);
                }),
                row("GridSample", 16, ImageRows::gridSample)
                        .writes(GridSample.class, (op, n) -> gridSample(op, n, planar(op, n))),
                row("GridSample", 20, ImageRows::gridSample)
                        .writes(GridSample.class, (op, n) -> gridSample(op, n, lower(op.method()))),
                Row.microsoft("GridSample", ImageRows::gridSample),
                row("AffineGrid", 20, n -> n.result(new AffineGrid(n.flag("align_corners", false)), n.all()))
                        .writes(AffineGrid.class, (op, n) -> n.flag("align_corners", op.alignCorners())),
                row("Col2Im", 18, ImageRows::col2im)
                        .writes(
                                Unfolding.Col2Im.class,
                                (op, n) -> n.integers("pads", op.sliding().pads())
                                        .integers("strides", op.sliding().strides())
                                        .integers("dilations", op.sliding().dilations())),
                row("MaxRoiPool", 1, ImageRows::maxRoiPool)
                        .writes(
                                MaxRoiPool.class,
                                (op, n) -> n.integers("pooled_shape", List.of(op.height(), op.width()))
                                        .number("spatial_scale", op.scale())),
                row("RoiAlign", 10, n -> roiAlign(n, "output_half_pixel")).writes(RoiAlign.class, (op, n) -> {
                    if (op.halfPixel()) {
                        throw n.unwritable("its RoiAlign does not shift by half a pixel");
                    }
                    roiAlign(op, n);
                }),
                row("RoiAlign", 16, n -> roiAlign(n, "half_pixel"))
                        .writes(
                                RoiAlign.class,
                                (op, n) -> roiAlign(op, n)
                                        .text(
                                                "coordinate_transformation_mode",
                                                op.halfPixel() ? "half_pixel" : "output_half_pixel")));
    }

    private static NodeExport roiAlign(RoiAlign op, NodeExport n) {
        return n.integer("output_height", op.height())
                .integer("output_width", op.width())
                .integer("sampling_ratio", op.samples())
                .number("spatial_scale", op.scale())
                .text("mode", op.max() ? "max" : "avg");
    }

    private static void gridSample(GridSample op, NodeExport n, String mode) {
        n.text("mode", mode).text("padding_mode", lower(op.outside())).flag("align_corners", op.alignCorners());
    }

    /// Before opset 20 there were grids of two dims only.
    private static String planar(GridSample op, NodeExport n) {
        if (n.in(0).rank() != 2 + 2) {
            throw n.unwritable("its GridSample is of images [N,C,H,W] only");
        }
        return op.method() == Method.NEAREST ? "nearest" : "bi" + lower(op.method());
    }

    static String lower(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    private static List<Value> gridSample(NodeImport n) {
        GridSample op = new GridSample(
                method(n.text("mode", "linear")),
                n.choice("padding_mode", GridSample.Outside.ZEROS),
                n.flag("align_corners", false));
        if (n.in(0).dtype() != DType.BOOL) {
            return n.result(Complexes.PartByPart.where(n.in(0).dtype(), op, op), n.all());
        }
        Formula f = new Formula(n.builder());
        return n.result(new Casting.Cast(DType.BOOL), n.apply(op, f.cast(n.in(0), DType.F32), n.in(1)));
    }

    private static List<Value> col2im(NodeImport n) {
        Op op = new Unfolding.Col2Im(ProductRows.sliding(n));
        return n.result(Complexes.PartByPart.where(n.in(0).dtype(), op, op), n.all());
    }

    private static List<Value> maxRoiPool(NodeImport n) {
        long[] size = n.integers("pooled_shape", new long[0]);
        if (size.length != 2) {
            throw new UnsupportedNodeException("pooled_shape must be a height and a width");
        }
        return n.result(new MaxRoiPool((int) size[0], (int) size[1], n.number("spatial_scale", 1)), n.all());
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
        Coordinates coordinates = n.choice("coordinate_transformation_mode", Coordinates.HALF_PIXEL);
        Interpolation how = new Interpolation(
                method(n.text("mode", "nearest")),
                coordinates,
                n.choice("nearest_mode", Nearest.ROUND_PREFER_FLOOR),
                n.number("cubic_coeff_a", -0.75f),
                n.flag("exclude_outside", false),
                n.flag("antialias", false),
                n.number("extrapolation_value", 0));
        Resize.Aspect aspect = n.choice("keep_aspect_ratio_policy", Resize.Aspect.STRETCH);
        Resize op = new Resize(how, ShapingRows.ints(n.integers("axes").orElse(new long[0])), aspect);
        Value extents = n.has(3) ? n.in(3) : n.in(2);
        return coordinates == Coordinates.TF_CROP_AND_RESIZE
                ? interpolated(n, op, n.in(0), extents, n.in(1))
                : interpolated(n, op, n.in(0), extents);
    }

    /// Integers are interpolated as f64, then rounded and kept in range, as onnx's reference implementation does.
    private static List<Value> interpolated(NodeImport n, Resize op, Value x, Value... rest) {
        Formula f = new Formula(n.builder());
        boolean direct =
                x.dtype().isFloat() || x.dtype().isComplex() || op.how().method() == Interpolation.Method.NEAREST;
        List<Value> in = new ArrayList<>(List.of(direct ? x : f.cast(x, DType.F64)));
        in.addAll(List.of(rest));
        Resize imaginary = new Resize(op.how().extrapolating(0), op.axes(), op.aspect());
        return direct
                ? n.result(Complexes.PartByPart.where(x.dtype(), op, imaginary), in)
                : List.of(f.nearest(n.builder().apply(op, in).getFirst(), x.dtype()));
    }

    /// The neighbour of opsets before 11, by how the axes change, which must be known.
    private static Nearest nearest(Interpolation how, NodeExport n) {
        if (how.nearest() != Nearest.OUTER) {
            return how.nearest();
        }
        double[] scales = n.in(1).dtype() == DType.F32 ? n.requireConstant(1).toDoubles() : new double[0];
        boolean grows = Arrays.stream(scales).anyMatch(s -> s > 1);
        boolean shrinks = Arrays.stream(scales).anyMatch(s -> s < 1);
        if (scales.length == 0 || (grows && shrinks)) {
            throw n.unwritable("axes that grow beside axes that shrink have no form after opset 10");
        }
        return shrinks ? Nearest.CEIL : Nearest.FLOOR;
    }

    /// Extents are sizes where they are integers, else scales.
    static void resize(Resize op, NodeExport n) {
        Interpolation how = op.how();
        if (how.coordinates() == Coordinates.HALF_PIXEL_SYMMETRIC) {
            n.since(SYMMETRIC_SINCE);
        }
        n.text("mode", lower(how.method()))
                .text("coordinate_transformation_mode", lower(how.coordinates()))
                .text("nearest_mode", lower(nearest(how, n)))
                .number("cubic_coeff_a", how.cubicA())
                .flag("exclude_outside", how.excludeOutside())
                .flag("antialias", how.antialias())
                .number("extrapolation_value", how.extrapolation())
                .text("keep_aspect_ratio_policy", lower(op.aspect()))
                .integers("axes", op.axes());
        Optional<Value> roi = n.from(2).stream().findFirst();
        boolean sizes = n.in(1).dtype() == DType.I64;
        n.operands(
                sizes
                        ? List.of(Optional.of(n.in(0)), roi, Optional.empty(), Optional.of(n.in(1)))
                        : List.of(Optional.of(n.in(0)), roi, Optional.of(n.in(1))));
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
