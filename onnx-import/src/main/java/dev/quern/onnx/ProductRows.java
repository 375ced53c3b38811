package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.Casting;
import dev.quern.op.ConvInteger;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Convolutions;
import dev.quern.op.DeformConv;
import dev.quern.op.Einsum;
import dev.quern.op.Formula;
import dev.quern.op.IntegerProducts;
import dev.quern.op.Products;
import dev.quern.op.Sliding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Matrix products and convolutions.
final class ProductRows {
    private ProductRows() {}

    static List<Row> rows() {
        return List.of(
                row("MatMul", 1, new Products.MatMul()),
                row("Gemm", 1, ProductRows::gemm).writes(Products.Gemm.class, ProductRows::gemmWithAll),
                row("Gemm", 11, ProductRows::gemm).writes(Products.Gemm.class, ProductRows::gemm),
                row("Einsum", 12, n -> n.result(new Einsum(n.text("equation", "")), n.all()))
                        .writes(Einsum.class, (op, n) -> n.text("equation", op.equation())),
                row("MatMulInteger", 10, n -> n.result(new IntegerProducts.MatMulInteger(), zeroPoints(n)))
                        .writes(new IntegerProducts.MatMulInteger()),
                row("Conv", 1, n -> n.result(new Convolutions.Conv(sliding(n), group(n)), n.all()))
                        .writes(
                                Convolutions.Conv.class,
                                (op, n) -> sliding(n, op.sliding()).integer("group", op.group())),
                row("DeformConv", 19, ProductRows::deformed).writes(DeformConv.class, ProductRows::deformed),
                row("ConvInteger", 10, n -> n.result(new ConvInteger(sliding(n), group(n)), zeroPoints(n)))
                        .writes(
                                ConvInteger.class,
                                (op, n) -> sliding(n, op.sliding()).integer("group", op.group())),
                row(
                                "ConvTranspose",
                                1,
                                n -> n.result(
                                        new ConvTranspose(
                                                sliding(n),
                                                group(n),
                                                ShapingRows.ints(n.integers("output_padding")
                                                        .orElse(new long[0])),
                                                outputShape(n)),
                                        n.all()))
                        .writes(
                                ConvTranspose.class,
                                (op, n) -> sliding(n, op.sliding())
                                        .integer("group", op.group())
                                        .integers("output_padding", op.outputPadding())
                                        .integers("output_shape", op.outputShape())));
    }

    /// The spatial extents; files of ONNX 1.3 and older have those of batch and channels before them.
    private static List<Integer> outputShape(NodeImport n) {
        List<Integer> extents = ShapingRows.ints(n.integers("output_shape").orElse(new long[0]));
        return extents.isEmpty() || extents.size() < n.in(1).rank() ? extents : extents.subList(2, extents.size());
    }

    private static void gemm(Products.Gemm op, NodeExport n) {
        n.number("alpha", op.alpha())
                .number("beta", op.beta())
                .flag("transA", op.transA())
                .flag("transB", op.transB());
    }

    /// Before opset 11 the third operand could not be left out.
    private static void gemmWithAll(Products.Gemm op, NodeExport n) {
        gemm(op, n);
        if (n.from(0).size() == 2) {
            n.operands(n.in(0), n.in(1), n.constant(Tensor.zeros(n.in(0).dtype(), 1)));
        }
    }

    static NodeExport sliding(NodeExport n, Sliding s) {
        if (s.autoPad() == Sliding.AutoPad.EXPLICIT) {
            n.integers("pads", s.pads());
        } else {
            n.text("auto_pad", s.autoPad().name());
        }
        boolean dense = s.dilations().stream().allMatch(d -> d == 1);
        return n.integers("strides", s.strides()).integers("dilations", dense ? List.of() : s.dilations());
    }

    private static void deformed(DeformConv op, NodeExport n) {
        List<Optional<Value>> operands = new ArrayList<>();
        n.from(0).subList(0, 3).forEach(v -> operands.add(Optional.of(v)));
        operands.add(op.withBias() ? Optional.of(n.in(3)) : Optional.empty());
        operands.add(op.withMask() ? Optional.of(n.in(op.withBias() ? 4 : 3)) : Optional.empty());
        sliding(n.operands(operands), op.sliding())
                .integer("group", op.group())
                .integer("offset_group", op.offsetGroups());
    }

    private static List<Value> deformed(NodeImport n) {
        List<Value> in = new ArrayList<>(List.of(n.in(0), n.in(1), n.in(2)));
        n.optional(3).ifPresent(in::add);
        n.optional(4).ifPresent(in::add);
        int offsetGroups = (int) n.integer("offset_group", 1);
        return n.result(new DeformConv(sliding(n), group(n), offsetGroups, n.has(3), n.has(4)), in);
    }

    /// Integers times a factor that is none are computed in double and truncated.
    private static List<Value> gemm(NodeImport n) {
        float alpha = n.number("alpha", 1);
        float beta = n.number("beta", 1);
        Products.Gemm op = new Products.Gemm(alpha, beta, n.flag("transA", false), n.flag("transB", false));
        DType dtype = n.in(0).dtype();
        if (dtype.isFloat() || (alpha == (int) alpha && beta == (int) beta)) {
            return n.result(op, n.all());
        }
        Formula f = new Formula(n.builder());
        Value[] in = n.all().stream().map(v -> f.cast(v, DType.F64)).toArray(Value[]::new);
        return n.result(new Casting.Cast(dtype), n.apply(op, in));
    }

    private static int group(NodeImport n) {
        return (int) n.integer("group", 1);
    }

    /// How a window moves: the attributes that convolutions and pools share.
    static Sliding sliding(NodeImport n) {
        Sliding.AutoPad autoPad = switch (n.text("auto_pad", "NOTSET")) {
            case "SAME_UPPER" -> Sliding.AutoPad.SAME_UPPER;
            case "SAME_LOWER" -> Sliding.AutoPad.SAME_LOWER;
            case "VALID" -> Sliding.AutoPad.VALID;
            default -> Sliding.AutoPad.EXPLICIT;
        };
        return new Sliding(
                autoPad,
                ShapingRows.ints(n.integers("pads").orElse(new long[0])),
                ShapingRows.ints(n.integers("strides").orElse(new long[0])),
                ShapingRows.ints(n.integers("dilations").orElse(new long[0])));
    }

    /// Two operands and their zero points; one that is left out before one that is there is 0.
    private static List<Value> zeroPoints(NodeImport n) {
        if (n.size() == 4 && !n.has(2)) {
            DType dtype = n.in(0).dtype();
            return List.of(n.in(0), n.in(1), n.constant(Tensor.zeros(dtype)), n.in(3));
        }
        return n.all();
    }
}
