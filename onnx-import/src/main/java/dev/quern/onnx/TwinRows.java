package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;

import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.ConvTranspose;
import dev.quern.op.DataDependent;
import dev.quern.op.Formula;
import dev.quern.op.Generators;
import dev.quern.op.GridSample;
import dev.quern.op.Indexing;
import dev.quern.op.Interpolation;
import dev.quern.op.Logic;
import dev.quern.op.Padding;
import dev.quern.op.Products;
import dev.quern.op.Reduce;
import dev.quern.op.SquareMatrix;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// Operators of com.microsoft that the standard has too, by now, with other operands, and small ones beside them.
final class TwinRows {
    private TwinRows() {}

    static List<Row> rows() {
        return List.of(
                microsoft("Range", TwinRows::range),
                microsoft("GatherND", n -> n.result(new Indexing.GatherND(0), n.all())),
                microsoft("Pad", TwinRows::pad),
                microsoft("Unique", TwinRows::unique),
                microsoft("Inverse", n -> n.result(new SquareMatrix.Inverse(), n.in(0)))
                        .writes(new SquareMatrix.Inverse()),
                microsoft("MulInteger", TwinRows::product),
                microsoft("MatMulInteger16", n -> n.result(new Products.MatMul(), wide(n, 0), wide(n, 1))),
                microsoft("ReduceSumInteger", TwinRows::sum),
                microsoft("IsAllFinite", TwinRows::isAllFinite),
                microsoft("UnfoldTensor", TwinRows::unfolded),
                microsoft("CropAndResize", TwinRows::cropped),
                microsoft("ConvTransposeWithDynamicPads", TwinRows::transposed),
                microsoft("GemmFastGelu", TwinRows::gelu));
    }

    private static Formula formula(NodeImport n) {
        return new Formula(n.builder());
    }

    private static Value scalar(Formula f, Value v) {
        return v.rank() == 0 ? v : f.reshape(v);
    }

    private static List<Value> range(NodeImport n) {
        Formula f = formula(n);
        Value step = n.optional(2).orElseGet(() -> n.scalar(n.in(0).dtype(), 1));
        return n.result(new Generators.Range(), scalar(f, n.in(0)), scalar(f, n.in(1)), scalar(f, step));
    }

    private static List<Value> pad(NodeImport n) {
        Formula f = formula(n);
        Value by = n.in(1).rank() == 1 ? n.in(1) : f.reshape(n.in(1), -1);
        Value value = scalar(f, n.in(2, Tensor.zeros(n.in(0).dtype())));
        return n.result(new Padding.Pad(n.choice("mode", Padding.Mode.CONSTANT)), n.in(0), by, value);
    }

    /// Values in the order in which they come, where each stands among them, and how often each comes.
    private static List<Value> unique(NodeImport n) {
        List<Value> all = n.builder().apply(new DataDependent.Unique(Optional.empty(), false), List.of(n.in(0)));
        return List.of(all.get(0), all.get(2), all.get(3));
    }

    private static Value wide(NodeImport n, int operand) {
        return formula(n).cast(n.in(operand), DType.I32);
    }

    private static List<Value> product(NodeImport n) {
        Formula f = formula(n);
        Value a = n.has(1) ? f.sub(wide(n, 0), wide(n, 1)) : wide(n, 0);
        Value b = n.has(3) ? f.sub(wide(n, 2), wide(n, 3)) : wide(n, 2);
        return n.result(Arithmetic.MUL, a, b);
    }

    private static List<Value> sum(NodeImport n) {
        DType to = n.in(0).dtype() == DType.U8 ? DType.U32 : DType.I32;
        Reduce op = new Reduce(Reduce.Kind.SUM, n.flag("keepdims", true));
        return n.result(op, formula(n).cast(n.in(0), to), n.longs(n.integers("axes", new long[0])));
    }

    /// Attributes may ask for NaN or for infinite numbers only.
    private static List<Value> isAllFinite(NodeImport n) {
        Formula f = formula(n);
        boolean nan = !n.flag("isinf_only", false);
        boolean infinite = !n.flag("isnan_only", false);
        List<Value> wrong = new ArrayList<>();
        for (Value v : n.all()) {
            Value difference = f.sub(v, v);
            Value isNan = n.apply(Logic.IS_NAN, v);
            Value isEither = n.apply(Logic.IS_NAN, difference);
            Value found = nan && infinite ? isEither : nan ? isNan : n.apply(Logic.XOR, isEither, isNan);
            wrong.add(f.reshape(f.reduce(Reduce.Kind.MAX, f.reshape(f.cast(found, DType.I32), -1), 0), 1));
        }
        Value most = f.reduce(Reduce.Kind.MAX, f.concat(0, wrong.toArray(Value[]::new)), 0);
        return List.of(f.equal(f.reshape(most), 0));
    }

    /// Slices of `size` elements along an axis, `step` apart, which become a new last axis.
    private static List<Value> unfolded(NodeImport n) {
        Formula f = formula(n);
        Value x = n.in(0);
        int axis = x.shape().axis(n.integer("dim", -1));
        long size = n.integer("size", 1);
        long step = n.integer("step", 1);
        Value past = scalar(f, f.add(f.dim(x, axis), 1 - size));
        Value starts = n.apply(new Generators.Range(), n.scalar(DType.I64, 0), past, n.scalar(DType.I64, step));
        Value within = n.constant(Tensor.of(LongStream.range(0, size).toArray(), size));
        Value slices = f.gather(x, axis, f.add(f.unsqueeze(starts, 1), within));
        int[] perm = new int[x.rank() + 1];
        for (int i = 0; i < x.rank(); i++) {
            perm[i] = i <= axis ? i : i + 1;
        }
        perm[x.rank()] = axis + 1;
        return List.of(f.transpose(slices, perm));
    }

    /// Boxes `[y1,x1,y2,x2]` in shares of the image, whose corners are those of the result.
    private static List<Value> cropped(NodeImport n) {
        Formula f = formula(n);
        Value images = n.in(0);
        DType dtype = images.dtype();
        boolean nearest = n.text("mode", "bilinear").equals("nearest");
        List<Value> grid = new ArrayList<>();
        List<Value> outside = new ArrayList<>();
        for (int axis = 0; axis < 2; axis++) {
            Value last = f.cast(f.add(f.dim(images, axis + 2), -1), dtype);
            Value from = f.slice(n.in(1), 1, axis, axis + 1);
            Value to = f.slice(n.in(1), 1, axis + 2, axis + 3);
            Value count = scalar(f, f.slice(n.in(3), 0, axis, axis + 1));
            Value numbers = f.cast(
                    n.apply(new Generators.Range(), n.scalar(count.dtype(), 0), count, n.scalar(count.dtype(), 1)),
                    dtype);
            Value gaps = f.cast(f.add(count, -1), dtype);
            Value step = f.div(f.mul(f.sub(to, from), last), n.apply(Arithmetic.MAX, gaps, n.scalar(dtype, 1)));
            Value spread = f.add(f.mul(from, last), f.mul(numbers, step));
            Value middle = f.mul(f.mul(f.add(from, to), 0.5), last);
            Value place = f.where(f.equal(gaps, 0), middle, spread);
            Value isOut = n.apply(Logic.OR, f.less(place, n.scalar(dtype, 0)), f.less(last, place));
            Value whole = nearest ? n.apply(Arithmetic.FLOOR, f.add(place, 0.5)) : place;
            Value share = f.div(f.mul(whole, 2), n.apply(Arithmetic.MAX, last, n.scalar(dtype, 1)));
            grid.add(f.unsqueeze(f.add(share, -1), 2 - axis));
            outside.add(f.unsqueeze(isOut, 2 - axis));
        }
        Value isOut = n.apply(Logic.OR, outside.get(0), outside.get(1));
        Value sizes = f.dims(isOut, 0, 3);
        Value places =
                f.concat(3, f.unsqueeze(f.expand(grid.get(1), sizes), 3), f.unsqueeze(f.expand(grid.get(0), sizes), 3));
        GridSample op = new GridSample(
                nearest ? Interpolation.Method.NEAREST : Interpolation.Method.LINEAR, GridSample.Outside.BORDER, true);
        Value sampled = n.apply(op, f.gather(images, 0, n.in(2)), places);
        return List.of(f.where(f.unsqueeze(isOut, 1), n.number("extrapolation_value", 0), sampled));
    }

    /// As without pads, and then as much of it cut off as the operand says.
    private static List<Value> transposed(NodeImport n) {
        Formula f = formula(n);
        var op = new ConvTranspose(
                ProductRows.sliding(n),
                (int) n.integer("group", 1),
                ShapingRows.ints(n.integers("output_padding", new long[0])),
                List.of());
        Value whole = n.has(3) ? n.apply(op, n.in(0), n.in(1), n.in(3)) : n.apply(op, n.in(0), n.in(1));
        if (!n.has(2)) {
            return List.of(whole);
        }
        Value minus = n.apply(Arithmetic.NEG, n.in(2));
        int axes = n.in(0).rank() - 2;
        Value none = n.longs(0, 0);
        Value by = f.concat(0, none, f.slice(minus, 0, 0, axes), none, f.slice(minus, 0, axes, 2L * axes));
        return n.result(new Padding.Pad(Padding.Mode.CONSTANT), whole, by, n.scalar(whole.dtype(), 0));
    }

    private static List<Value> gelu(NodeImport n) {
        Formula f = formula(n);
        Value product = f.matMul(n.in(0), n.in(1));
        return n.result(new Activations.Gelu(true), n.has(2) ? f.add(product, n.in(2)) : product);
    }
}
