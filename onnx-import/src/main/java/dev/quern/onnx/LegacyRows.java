package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Formula;
import dev.quern.op.Joining;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;

/// Operators that the standard once listed as experimental and dropped, still met in files of opset 1 to 9.
final class LegacyRows {
    private LegacyRows() {}

    static List<Row> rows() {
        return List.of(
                row("Affine", 1, n -> {
                    Formula f = new Formula(n.builder());
                    return List.of(f.add(f.mul(n.in(0), n.number("alpha", 1)), n.number("beta", 0)));
                }),
                row("ScaledTanh", 1, n -> {
                    Formula f = new Formula(n.builder());
                    Value inner = n.apply(Activations.TANH, f.mul(n.in(0), n.number("beta", 1)));
                    return List.of(f.mul(inner, n.number("alpha", 1)));
                }),
                row("ParametricSoftplus", 1, n -> {
                    Formula f = new Formula(n.builder());
                    Value inner = n.apply(Activations.SOFTPLUS, f.mul(n.in(0), n.number("beta", 1)));
                    return List.of(f.mul(inner, n.number("alpha", 1)));
                }),
                row("ImageScaler", 1, LegacyRows::scaledImage),
                row(
                        "Scale",
                        1,
                        n -> n.result(Arithmetic.MUL, n.in(0), n.scalar(n.in(0).dtype(), n.number("scale", 1)))),
                row("DynamicSlice", 1, new Arranging.Slice()),
                row("GivenTensorFill", 1, LegacyRows::given),
                row("ConstantFill", 1, LegacyRows::filled),
                row("GRUUnit", 1, LegacyRows::gruUnit),
                row("Crop", 1, LegacyRows::crop));
    }

    /// The numbers in an attribute, in the shape that is asked for.
    private static List<Value> given(NodeImport n) {
        float[] values = n.numbers("values").orElse(new float[0]);
        return List.of(new Formula(n.builder())
                .reshape(n.parameter("values", Tensor.of(values, values.length)), filledShape(n)));
    }

    /// One number, of any type, in the shape that is asked for.
    private static List<Value> filled(NodeImport n) {
        Value number = n.scalar(n.dtype("dtype").orElse(DType.F32), n.number("value", 0));
        return List.of(new Formula(n.builder()).expand(number, filledShape(n)));
    }

    /// A shape that is an attribute, an operand, or an operand's own; the latter two with extents to append.
    private static Value filledShape(NodeImport n) {
        Formula f = new Formula(n.builder());
        Value extra = n.longs(n.integers("extra_shape", new long[0]));
        if (!n.has(0)) {
            return f.shape(n.longs(n.integers("shape", new long[0])), extra);
        }
        Value shape = n.flag("input_as_shape", false)
                ? f.cast(n.in(0), DType.I64)
                : f.dims(n.in(0), 0, n.in(0).rank());
        return f.shape(shape, extra);
    }

    /// One step of a GRU whose gates (reset, update, output) come in before their functions; rows that are over
    /// keep their state, or with `drop_states` lose it. Caffe2's GRUUnit.
    private static List<Value> gruUnit(NodeImport n) {
        Formula f = new Formula(n.builder());
        Value before = n.in(0);
        List<Value> gates = n.builder().apply(new Joining.Split(-1, 3), List.of(n.in(1)));
        Value kept = n.apply(Activations.SIGMOID, gates.get(1));
        Value fresh = n.apply(Activations.TANH, gates.get(2));
        Value after = f.add(f.mul(kept, before), f.sub(fresh, f.mul(kept, fresh)));
        Value goesOn = f.unsqueeze(f.less(n.in(3), n.in(2)), -1);
        return List.of(n.flag("drop_states", false) ? f.where(goesOn, after, 0) : f.where(goesOn, after, before));
    }

    /// x · scale + a bias for each channel of `[N,C,H,W]`.
    private static List<Value> scaledImage(NodeImport n) {
        Formula f = new Formula(n.builder());
        float[] bias = n.numbers("bias").orElse(new float[] {0});
        Value channels = n.parameter("bias", Tensor.of(bias, bias.length, 1, 1));
        return List.of(f.add(
                f.mul(n.in(0), n.number("scale", 1)), f.cast(channels, n.in(0).dtype())));
    }

    /// `[N,C,H,W]` without its border: left, top, right, bottom; or, from left and top on, `scale` rows and
    /// columns.
    private static List<Value> crop(NodeImport n) {
        Formula f = new Formula(n.builder());
        long[] border = n.integers("border", 0, 0, 0, 0);
        if (border.length != 4) {
            throw new UnsupportedNodeException("border must be left, top, right and bottom");
        }
        long[] size = n.integers("scale").orElse(new long[0]);
        long bottom = size.length == 2 ? border[1] + size[0] : fromEnd(border[3]);
        long right = size.length == 2 ? border[0] + size[1] : fromEnd(border[2]);
        return List.of(f.slice(f.slice(n.in(0), 2, border[1], bottom), 3, border[0], right));
    }

    private static long fromEnd(long margin) {
        return margin == 0 ? Long.MAX_VALUE : -margin;
    }
}
