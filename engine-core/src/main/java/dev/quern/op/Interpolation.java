package dev.quern.op;

import dev.quern.tensor.ShapeException;

/// How an axis is resized: which position of the operand a position of the result stands for, and how the elements
/// around it are weighed. The names are those of ONNX Resize, opset 19.
///
/// @param method how elements are weighed
/// @param coordinates what position a position stands for
/// @param nearest which neighbour a position between two is, for NEAREST
/// @param cubicA the coefficient a of the cubic kernel (Keys, 1981), for CUBIC
/// @param excludeOutside whether elements outside have weight 0, else they are the outermost element
/// @param antialias whether the kernel is widened where the axis shrinks
/// @param extrapolation the value of elements that stand for positions outside, for TF_CROP_AND_RESIZE
public record Interpolation(
        Method method,
        Coordinates coordinates,
        Nearest nearest,
        double cubicA,
        boolean excludeOutside,
        boolean antialias,
        double extrapolation) {

    /// How elements are weighed.
    public enum Method {
        NEAREST,
        LINEAR,
        CUBIC
    }

    /// What position of the operand a position of the result stands for.
    public enum Coordinates {
        HALF_PIXEL,
        HALF_PIXEL_SYMMETRIC,
        PYTORCH_HALF_PIXEL,
        ALIGN_CORNERS,
        ASYMMETRIC,
        /// Of opsets 11 and 12 only.
        TF_HALF_PIXEL_FOR_NN,
        TF_CROP_AND_RESIZE
    }

    /// Which neighbour a position between two is.
    public enum Nearest {
        ROUND_PREFER_FLOOR,
        ROUND_PREFER_CEIL,
        FLOOR,
        CEIL,
        /// FLOOR where the axis grows, CEIL where it shrinks: before opset 11.
        OUTER
    }

    /// The ONNX defaults with this method and these coordinates.
    public static Interpolation of(Method method, Coordinates coordinates) {
        return new Interpolation(method, coordinates, Nearest.ROUND_PREFER_FLOOR, -0.75, false, false, 0);
    }

    /// The same with another value for what lies outside.
    public Interpolation extrapolating(double value) {
        return new Interpolation(method, coordinates, nearest, cubicA, excludeOutside, antialias, value);
    }

    /// One axis: its extents, the factor between them, and the part of it (0 … 1) that a crop sees.
    record Axis(int in, int out, double scale, double start, double end) {
        /// Whether the factor follows from the extents alone.
        boolean isRatio() {
            return scale == (double) out / in;
        }
    }

    /// The position in the operand that position `at` of the result stands for.
    ///
    /// A factor that was given is a `float`, and so is what is computed from it, as exporters and other engines do:
    /// 1.5f / 0.6f is 2.5f, in double it is a hair less, which is another neighbour for NEAREST. One that follows
    /// from extents is exact: position 2 of 7 to 4 is 3.5.
    double source(Axis axis, int at) {
        if (axis.isRatio() && coordinates == Coordinates.ASYMMETRIC) {
            return (double) at * axis.in / axis.out;
        }
        float scale = (float) axis.scale;
        float length = scale * axis.in;
        return switch (coordinates) {
            case HALF_PIXEL -> (at + 0.5f) / scale - 0.5f;
            case HALF_PIXEL_SYMMETRIC -> {
                float shift = axis.in / 2f * (1 - axis.out / length);
                yield shift + (at + 0.5f) / scale - 0.5f;
            }
            case PYTORCH_HALF_PIXEL -> axis.out == 1 ? 0 : (at + 0.5f) / scale - 0.5f;
            case ALIGN_CORNERS -> axis.out == 1 ? 0 : at * (axis.in - 1f) / (length - 1);
            case ASYMMETRIC -> at / scale;
            case TF_HALF_PIXEL_FOR_NN -> (at + 0.5f) / scale;
            case TF_CROP_AND_RESIZE -> {
                float start = (float) axis.start * (axis.in - 1);
                float span = (float) (axis.end - axis.start) * (axis.in - 1);
                yield start + (axis.out == 1 ? span / 2 : at * span / (length - 1));
            }
        };
    }

    /// Whether position `at` of the result stands for one outside a crop's image.
    boolean isOutside(Axis axis, int at) {
        double x = source(axis, at);
        return coordinates == Coordinates.TF_CROP_AND_RESIZE && (x < 0 || x > axis.in - 1);
    }

    /// For each position of the result, the weight of each element of the operand.
    double[][] weights(Axis axis) {
        if (axis.in == 0 && axis.out > 0) {
            throw new ShapeException("an axis without elements cannot be resized to " + axis.out);
        }
        double[][] weights = new double[axis.out][axis.in];
        for (int at = 0; at < axis.out; at++) {
            if (method == Method.NEAREST) {
                weights[at][nearest(axis, at)] = 1;
            } else {
                weigh(weights[at], axis, source(axis, at));
            }
        }
        return weights;
    }

    /// The element that position `at` of the result is, for NEAREST.
    int nearest(Axis axis, int at) {
        double x = source(axis, at);
        double below = Math.floor(x);
        double ratio = x - below;
        boolean up = switch (nearest) {
            case ROUND_PREFER_FLOOR -> ratio > 0.5;
            case ROUND_PREFER_CEIL -> ratio >= 0.5;
            case FLOOR -> false;
            case CEIL -> ratio > 0;
            case OUTER -> axis.scale < 1 && ratio > 0;
        };
        return Math.clamp((long) below + (up ? 1 : 0), 0, axis.in - 1);
    }

    private void weigh(double[] row, Axis axis, double x) {
        double stretch = antialias ? Math.min(1, axis.scale) : 1;
        int support = method == Method.LINEAR ? 1 : 2;
        int from = (int) Math.floor(-support / stretch) + 1;
        long below = (long) Math.floor(x);
        double sum = 0;
        for (int i = from; i < 2 - from; i++) {
            long position = below + i;
            boolean outside = position < 0 || position >= axis.in;
            double weight = outside && excludeOutside ? 0 : kernel(stretch * (position - x));
            row[Math.clamp(position, 0, axis.in - 1)] += weight;
            sum += weight;
        }
        if (antialias || excludeOutside) {
            for (int i = 0; i < row.length; i++) {
                row[i] /= sum;
            }
        }
    }

    private double kernel(double distance) {
        double d = Math.abs(distance);
        if (method == Method.LINEAR) {
            return Math.max(0, 1 - d);
        }
        if (d <= 1) {
            return ((cubicA + 2) * d - (cubicA + 3)) * d * d + 1;
        }
        return d < 2 ? ((cubicA * d - 5 * cubicA) * d + 8 * cubicA) * d - 4 * cubicA : 0;
    }
}
