package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;
import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.AlongAxis;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.ConvInteger;
import dev.quern.op.DynamicQuantizeLinear;
import dev.quern.op.Formula;
import dev.quern.op.IntegerProducts;
import dev.quern.op.Products;
import dev.quern.op.Quantization;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Quantisation, and products of quantised operands: integer products between element-wise operators.
final class QuantizationRows {
    /// The first opset with scales along an axis.
    private static final int AXIS_SINCE = 13;

    private QuantizationRows() {}

    static List<Row> rows() {
        return List.of(
                row("QuantizeLinear", 10, QuantizationRows::quantize)
                        .writes(Quantization.QuantizeLinear.class, QuantizationRows::quantize),
                row("DequantizeLinear", 10, QuantizationRows::dequantize)
                        .writes(Quantization.DequantizeLinear.class, QuantizationRows::dequantize),
                row("DynamicQuantizeLinear", 11, n -> n.result(new DynamicQuantizeLinear(), n.in(0)))
                        .writes(new DynamicQuantizeLinear()),
                row("QLinearMatMul", 10, QuantizationRows::matMul),
                row("QLinearConv", 10, n -> conv(n, n.in(0))),
                microsoft("QuantizeLinear", QuantizationRows::quantize),
                microsoft("DequantizeLinear", QuantizationRows::dequantize),
                microsoft("QGemm", QuantizationRows::gemm));
    }

    private static void quantize(Quantization.QuantizeLinear op, NodeExport n) {
        perAxis(n);
        if (!op.saturate()) {
            n.flag("saturate", false);
        }
        if (op.precision() != computed(n.in(1).dtype())) {
            n.dtype("precision", op.precision());
        }
    }

    private static void dequantize(Quantization.DequantizeLinear op, NodeExport n) {
        perAxis(n);
        if (op.to() != computed(n.in(1).dtype())) {
            n.dtype("output_dtype", op.to());
        }
    }

    /// Scale and zero point are numbers, or vectors along the axis that their shape says.
    private static void perAxis(NodeExport n) {
        n.operands(n.in(0), QuantizationSpelling.vector(n.in(1)), QuantizationSpelling.vector(n.in(2)));
        QuantizationSpelling.axis(n.in(0), n.in(1))
                .ifPresent(axis -> n.integer("axis", axis).since(AXIS_SINCE));
    }

    private static List<Value> quantize(NodeImport n) {
        Value x = n.in(0);
        Value scale = n.in(1);
        DType to = n.dtype("output_dtype").orElse(DType.U8);
        Value zero = n.in(2, Tensor.zeros(to));
        DType precision = n.dtype("precision").orElse(computed(scale.dtype()));
        Quantization op = new Quantization.QuantizeLinear(precision, n.flag("saturate", true));
        return n.result(op, x, over(n, scale, x), over(n, zero, x));
    }

    private static List<Value> dequantize(NodeImport n) {
        Value x = n.in(0);
        Value scale = n.in(1);
        Value zero = n.in(2, Tensor.zeros(x.dtype()));
        DType to = n.dtype("output_dtype").orElse(computed(scale.dtype()));
        return n.result(new Quantization.DequantizeLinear(to), x, over(n, scale, x), over(n, zero, x));
    }

    /// The type to compute in where a scale decides it: its own, unless that is no type to compute in.
    private static DType computed(DType scale) {
        return switch (scale) {
            case F16, BF16 -> scale;
            default -> DType.F32;
        };
    }

    /// A scale or zero point shaped to broadcast over `x`: one number, one for each index of `axis`, or one
    /// for each block.
    private static Value over(NodeImport n, Value v, Value x) {
        long block = n.integer("block_size", 0);
        if (block > 0 && v.rank() == x.rank()) {
            Formula f = new Formula(n.builder());
            int axis = x.shape().axis(n.integer("axis", 1));
            return Blocks.spread(f, v, axis, block, f.dim(x, axis));
        }
        if (!v.shape().isRanked() || (v.rank() == 1 && !x.shape().isRanked())) {
            return n.apply(new AlongAxis((int) n.integer("axis", 1)), v, x);
        }
        if (v.rank() == 0 || (v.rank() == 1 && v.shape().dim(0).is(1))) {
            return v;
        }
        int axis = x.shape().axis(n.integer("axis", 1));
        long[] others =
                IntStream.range(axis + 1, x.rank()).mapToLong(i -> i - axis).toArray();
        return others.length == 0 ? v : n.apply(new Shaping.Unsqueeze(), v, n.longs(others));
    }

    /// a · b / c of scales.
    private static Value factor(NodeImport n, Value a, Value b, Value c) {
        return n.apply(Arithmetic.DIV, n.apply(Arithmetic.MUL, real(n, a), real(n, b)), real(n, c));
    }

    private static Value real(NodeImport n, Value v) {
        return v.dtype() == DType.F32 ? v : n.apply(new Casting.Cast(DType.F32), v);
    }

    private static List<Value> matMul(NodeImport n) {
        if (n.in(0).dtype().isFloat() || n.in(3).dtype().isFloat()) {
            return floatMatMul(n);
        }
        Value sums = n.apply(new IntegerProducts.MatMulInteger(), n.in(0), n.in(3), n.in(2), n.in(5));
        Value rows = column(n, n.in(1));
        return n.result(
                new Quantization.Requantize(), sums, factor(n, rows, n.in(4), column(n, n.in(6))), column(n, n.in(7)));
    }

    /// Floats of 8 bits, from opset 21 on, are multiplied as what they stand for.
    private static List<Value> floatMatMul(NodeImport n) {
        Quantization.DequantizeLinear real = new Quantization.DequantizeLinear(DType.F32);
        Value a = n.apply(real, n.in(0), real(n, column(n, n.in(1))), column(n, n.in(2)));
        Value b = n.apply(real, n.in(3), real(n, n.in(4)), n.in(5));
        Value y = n.apply(new Products.MatMul(), a, b);
        return n.result(
                new Quantization.QuantizeLinear(DType.F32, true), y, real(n, column(n, n.in(6))), column(n, n.in(7)));
    }

    /// One number for each row: a vector becomes a column.
    private static Value column(NodeImport n, Value v) {
        boolean vector = v.rank() == 1 && !v.shape().dim(0).is(1);
        return vector ? n.apply(new Shaping.Unsqueeze(), v, n.longs(1)) : v;
    }

    /// @param x operand 0, with its channels on axis 1
    static List<Value> conv(NodeImport n, Value x) {
        Value w = n.in(3);
        ConvInteger op = new ConvInteger(ProductRows.sliding(n), (int) n.integer("group", 1));
        Value sums = n.apply(op, x, w, scalar(n, n.in(2)), n.in(5));
        if (n.has(8)) {
            sums = n.apply(Arithmetic.ADD, sums, channels(n, n.in(8), x));
        }
        Value factor = channels(n, factor(n, n.in(1), n.in(4), n.in(6)), x);
        return n.result(new Quantization.Requantize(), sums, factor, n.in(7));
    }

    /// One number for each channel, shaped to broadcast over results as `x` is shaped.
    private static Value channels(NodeImport n, Value v, Value x) {
        boolean vector = v.rank() == 1 && !v.shape().dim(0).is(1);
        return vector
                ? n.apply(
                        new Shaping.Unsqueeze(),
                        v,
                        n.longs(LongStream.range(1, x.rank() - 1).toArray()))
                : v;
    }

    private static Value scalar(NodeImport n, Value v) {
        return v.rank() == 0 ? v : n.apply(new Shaping.Reshape(false), v, n.longs());
    }

    /// alpha · (A − a₀)(B − b₀) · scales + C, where C counts in units of alpha times the scales; f32 without
    /// a result scale.
    private static List<Value> gemm(NodeImport n) {
        Value a = transposed(n, n.in(0), "transA");
        Value b = transposed(n, n.in(3), "transB");
        Value sums = n.apply(new IntegerProducts.MatMulInteger(), a, b, n.in(2), n.in(5));
        if (n.has(6)) {
            sums = n.apply(Arithmetic.ADD, sums, n.in(6));
        }
        Value scale = n.apply(
                Arithmetic.MUL, n.apply(Arithmetic.MUL, n.in(1), n.in(4)), n.scalar(DType.F32, n.number("alpha", 1)));
        if (!n.has(8)) {
            return n.result(Arithmetic.MUL, n.apply(new Casting.Cast(DType.F32), sums), scale);
        }
        return n.result(new Quantization.Requantize(), sums, n.apply(Arithmetic.DIV, scale, n.in(7)), n.in(8));
    }

    private static Value transposed(NodeImport n, Value v, String flag) {
        return n.flag(flag, false) ? n.apply(new Arranging.Transpose(List.of(1, 0)), v) : v;
    }
}
