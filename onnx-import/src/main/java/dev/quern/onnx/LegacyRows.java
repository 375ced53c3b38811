package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Formula;
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
                row("Crop", 1, LegacyRows::crop));
    }

    /// x · scale + a bias for each channel of `[N,C,H,W]`.
    private static List<Value> scaledImage(NodeImport n) {
        Formula f = new Formula(n.builder());
        float[] bias = n.numbers("bias").orElse(new float[] {0});
        Value channels = n.parameter("bias", dev.quern.tensor.Tensor.of(bias, bias.length, 1, 1));
        return List.of(f.add(
                f.mul(n.in(0), n.number("scale", 1)), f.cast(channels, n.in(0).dtype())));
    }

    /// `[N,C,H,W]` without its border: left, top, right, bottom; or, from left and top on, `scale` rows and columns.
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
