package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;

import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.AveragePool;
import dev.quern.op.CompositePools;
import dev.quern.op.DynamicQuantizeLinear;
import dev.quern.op.Formula;
import dev.quern.op.IntegerProducts;
import dev.quern.op.Logic;
import dev.quern.op.Quantization;
import dev.quern.op.Reduce;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Operators of ONNX Runtime's quantiser on 8-bit integers: back to numbers, the operator, and to integers again; and
/// products with weights of few bits.
final class QLinearRows {
    private QLinearRows() {}

    static List<Row> rows() {
        return List.of(
                microsoft("QLinearAdd", n -> binary(n, (f, a, b) -> f.add(a, b))),
                microsoft("QLinearMul", n -> binary(n, (f, a, b) -> f.mul(a, b))),
                microsoft("QLinearSigmoid", n -> unary(n, x -> n.apply(Activations.SIGMOID, x))),
                microsoft(
                        "QLinearLeakyRelu",
                        n -> unary(n, x -> n.apply(new Activations.LeakyRelu(n.number("alpha", 0.01f)), x))),
                microsoft("QLinearSoftmax", QLinearRows::softmax),
                microsoft(
                        "QLinearConv",
                        n -> List.of(channelsFirst(
                                n, n.in(0), x -> QuantizationRows.conv(n, x).getFirst()))),
                microsoft(
                        "NhwcMaxPool",
                        n -> List.of(ChannelOrder.moved(formula(n), n.in(0), x -> n.apply(PoolRows.maxPool(n), x)))),
                microsoft("QLinearAveragePool", n -> unary(n, x -> pooled(n, x))),
                microsoft("QLinearGlobalAveragePool", n -> unary(n, x -> globallyPooled(n, x))),
                microsoft("QLinearReduceMean", n -> unary(n, x -> mean(n, x))),
                microsoft("QLinearConcat", QLinearRows::concat),
                microsoft("QLinearWhere", QLinearRows::where),
                microsoft("DynamicQuantizeMatMul", QLinearRows::dynamicProduct),
                microsoft("MatMulIntegerToFloat", QLinearRows::productToFloat));
    }

    private static Formula formula(NodeImport n) {
        return new Formula(n.builder());
    }

    /// The numbers that the integers of operand `at` stand for; their scale and zero point are the next two
    /// operands.
    private static Value real(NodeImport n, int at) {
        Value zero = n.in(at + 2, Tensor.zeros(n.in(at).dtype()));
        return n.apply(new Quantization.DequantizeLinear(DType.F32), n.in(at), n.in(at + 1), zero);
    }

    /// As integers, by the scale in operand `at` and the zero point after it.
    private static List<Value> quantized(NodeImport n, Value x, DType to, int at) {
        return n.result(new Quantization.QuantizeLinear(DType.F32, true), x, n.in(at), n.in(at + 1, Tensor.zeros(to)));
    }

    private interface Binary {
        Value of(Formula f, Value a, Value b);
    }

    private static List<Value> binary(NodeImport n, Binary op) {
        return quantized(n, op.of(formula(n), real(n, 0), real(n, 3)), n.in(0).dtype(), 6);
    }

    private static List<Value> unary(NodeImport n, Function<Value, Value> op) {
        return quantized(n, op.apply(real(n, 0)), n.in(0).dtype(), 3);
    }

    private static List<Value> softmax(NodeImport n) {
        Value x = real(n, 0);
        int axis = (int) n.integer("axis", -1);
        if (n.integer("opset", 13) >= 13 || x.shape().axis(axis) == x.rank() - 1) {
            return unary(n, v -> n.apply(new Softmaxes.Softmax(axis), v));
        }
        throw new UnsupportedNodeException("softmax before opset 13 must be along the last axis");
    }

    private static Value channelsFirst(NodeImport n, Value x, Function<Value, Value> op) {
        return n.flag("channels_last", false) ? ChannelOrder.moved(formula(n), x, op) : op.apply(x);
    }

    private static Value pooled(NodeImport n, Value x) {
        AveragePool op = PoolRows.averagePool(n);
        return channelsFirst(n, x, v -> n.apply(op, v));
    }

    private static Value globallyPooled(NodeImport n, Value x) {
        return channelsFirst(n, x, v -> n.apply(new CompositePools.GlobalAveragePool(), v));
    }

    private static Value mean(NodeImport n, Value x) {
        return n.apply(
                new Reduce(Reduce.Kind.MEAN, n.flag("keepdims", true)),
                x,
                n.longs(n.integers("axes").orElse(new long[0])));
    }

    private static List<Value> concat(NodeImport n) {
        List<Value> parts = new ArrayList<>();
        for (int i = 2; i < n.size(); i += 3) {
            parts.add(real(n, i));
        }
        Value whole = formula(n).concat((int) n.integer("axis", 0), parts.toArray(Value[]::new));
        return n.result(new Quantization.QuantizeLinear(DType.F32, true), whole, n.in(0), n.in(1));
    }

    private static List<Value> where(NodeImport n) {
        Value chosen = n.apply(Logic.WHERE, n.in(0), real(n, 1), real(n, 4));
        return quantized(n, chosen, n.in(1).dtype(), 7);
    }

    /// A, quantised as it comes, times B with its scale and zero point.
    private static List<Value> dynamicProduct(NodeImport n) {
        List<Value> a = n.builder().apply(new DynamicQuantizeLinear(), List.of(n.in(0)));
        Value zero = n.in(3, Tensor.zeros(n.in(1).dtype()));
        return scaled(
                n, n.apply(new IntegerProducts.MatMulInteger(), a.get(0), n.in(1), a.get(2), zero), a.get(1), 2, 4);
    }

    private static List<Value> productToFloat(NodeImport n) {
        Value left = n.in(4, Tensor.zeros(n.in(0).dtype()));
        Value right = n.in(5, Tensor.zeros(n.in(1).dtype()));
        Value sums = n.apply(new IntegerProducts.MatMulInteger(), n.in(0), n.in(1), left, right);
        return scaled(n, sums, n.in(2), 3, 6);
    }

    /// Sums of integers times both scales, plus a bias where there is one.
    private static List<Value> scaled(NodeImport n, Value sums, Value scale, int otherScale, int bias) {
        Formula f = formula(n);
        Value product = f.mul(f.cast(sums, scale.dtype()), f.mul(scale, n.in(otherScale)));
        return n.has(bias) ? n.result(Arithmetic.ADD, product, n.in(bias)) : List.of(product);
    }
}
