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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Boxes that overlap no box of a higher score by more than a threshold, for each batch and class. ONNX
/// NonMaxSuppression, opset 11.
///
/// Operands: boxes `f32[B,N,4]`, two corners (y, x, y, x) or, where `centered`, (x, y, width, height); scores
/// `f32[B,C,N]`; then how many boxes a class may have at most (i64, 0 means none), the greatest intersection over
/// union, and, where `hasLeastScore`, the score that a box must exceed. The result lists batch, class and box:
/// `i64[count,3]`.
public record NonMaxSuppression(boolean centered, boolean hasLeastScore) implements HostOp {

    @Override
    public List<Type> infer(Operands in) {
        int count = hasLeastScore ? 5 : 4;
        in.requireSize(count, count);
        in.require(0, DType.F32);
        in.require(1, DType.F32);
        in.require(2, DType.I64);
        for (int i = 0; i < 2; i++) {
            if (in.shape(i).isRanked() && in.shape(i).rank() != 3) {
                throw new ShapeException("boxes [B,N,4] and scores [B,C,N] are needed, not " + in.tensor(i));
            }
        }
        return List.of(Type.tensor(DType.I64, Shape.of(Dim.UNKNOWN, Dim.of(3))));
    }

    /// Edges and area of a box.
    private record Box(double top, double left, double bottom, double right) {
        static Box of(Tensor boxes, int at, boolean centered) {
            double a = boxes.getDouble(at);
            double b = boxes.getDouble(at + 1);
            double c = boxes.getDouble(at + 2);
            double d = boxes.getDouble(at + 3);
            return centered
                    ? new Box(b - d / 2, a - c / 2, b + d / 2, a + c / 2)
                    : new Box(Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d));
        }

        double area() {
            return (bottom - top) * (right - left);
        }

        boolean overlaps(Box o, double threshold) {
            double height = Math.min(bottom, o.bottom) - Math.max(top, o.top);
            double width = Math.min(right, o.right) - Math.max(left, o.left);
            if (height <= 0 || width <= 0 || area() <= 0 || o.area() <= 0) {
                return false;
            }
            double common = height * width;
            return common / (area() + o.area() - common) > threshold;
        }
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor boxes = in.get(0).asTensor();
        Tensor scores = in.get(1).asTensor();
        int[] dims = scores.shape().intExtents();
        if (!boxes.shape().equals(Shape.of(dims[0], dims[2], 4))) {
            throw new ShapeException("boxes " + boxes.shape() + " do not fit scores " + scores.shape());
        }
        long most = in.get(2).asTensor().getLong(0);
        double threshold = in.get(3).asTensor().getDouble(0);
        Optional<Double> least =
                hasLeastScore ? Optional.of(in.get(4).asTensor().getDouble(0)) : Optional.empty();
        List<long[]> chosen = new ArrayList<>();
        for (int batch = 0; batch < dims[0]; batch++) {
            for (int c = 0; c < dims[1]; c++) {
                int from = (batch * dims[1] + c) * dims[2];
                List<Integer> candidates = IntStream.range(0, dims[2])
                        .filter(i -> least.isEmpty() || scores.getDouble(from + i) > least.get())
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> -scores.getDouble(from + i)))
                        .toList();
                for (int i : suppress(host, boxes, batch * dims[2], candidates, most, threshold)) {
                    chosen.add(new long[] {batch, c, i});
                }
            }
        }
        long[] flat = chosen.stream().flatMapToLong(java.util.Arrays::stream).toArray();
        return List.of(Tensor.wrap(DType.I64, flat, chosen.size(), 3));
    }

    private List<Integer> suppress(
            Host host, Tensor boxes, int first, List<Integer> candidates, long most, double threshold) {
        List<Integer> kept = new ArrayList<>();
        List<Box> keptBoxes = new ArrayList<>();
        for (int i : candidates) {
            if (kept.size() >= most) {
                break;
            }
            host.checkCancelled();
            Box box = Box.of(boxes, 4 * (first + i), centered);
            if (keptBoxes.stream().noneMatch(k -> k.overlaps(box, threshold))) {
                kept.add(i);
                keptBoxes.add(box);
            }
        }
        return kept;
    }

    static Stream<Example> examples() {
        Example.Operand most = Example.fixed(Tensor.of(new long[] {3}, 1));
        Example.Operand half = Example.fixed(Tensor.of(new float[] {0.5f}, 1)).notDifferentiable();
        Example.Operand boxes = Example.f32(2, 6, 4).in(0, 1).notDifferentiable();
        Example.Operand scores = Example.f32(2, 2, 6).in(0, 1).distinctValues().notDifferentiable();
        return Stream.of(
                Example.of(new NonMaxSuppression(false, false), boxes, scores, most, half),
                Example.of(new NonMaxSuppression(true, true), boxes, scores, most, half, half));
    }
}
