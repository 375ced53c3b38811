package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;

import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Convolutions;
import dev.quern.op.Formula;
import dev.quern.op.Normalizations;
import java.util.ArrayList;
import java.util.List;

/// What ONNX Runtime's optimiser makes of image generators: normalisation of groups with channels last, gates,
/// convolutions with channels last.
final class DiffusionRows {
    private DiffusionRows() {}

    static List<Row> rows() {
        return List.of(
                microsoft("GroupNorm", n -> List.of(normalized(n, n.in(0)))),
                microsoft("SkipGroupNorm", DiffusionRows::skip),
                microsoft("BiasSplitGelu", DiffusionRows::gate),
                microsoft("NhwcConv", DiffusionRows::conv),
                microsoft("NhwcFusedConv", DiffusionRows::conv));
    }

    private static Formula formula(NodeImport n) {
        return new Formula(n.builder());
    }

    private static Value normalized(NodeImport n, Value x) {
        Formula f = formula(n);
        var op = new Normalizations.GroupNormalization((int) n.integer("groups", 1), n.number("epsilon", 1e-5f));
        Value gamma = f.cast(n.in(1), x.dtype());
        Value beta = f.cast(n.in(2), x.dtype());
        Value y = n.flag("channels_last", true)
                ? ChannelOrder.moved(f, x, v -> n.apply(op, v, gamma, beta))
                : n.apply(op, x, gamma, beta);
        return n.flag("activation", false) ? n.apply(Activations.SILU, y) : y;
    }

    /// Operands x, gamma, beta, skip (also of one place for all, or `[N,C]`) and bias.
    private static List<Value> skip(NodeImport n) {
        Formula f = formula(n);
        boolean last = n.flag("channels_last", true);
        Value given = n.in(3);
        Value skip = given.rank() != 2 ? given : last ? f.unsqueeze(given, 1, 2) : f.unsqueeze(given, 2, 3);
        Value sum = f.add(n.in(0), skip);
        Value whole = n.optional(4)
                .map(b -> f.add(sum, last ? b : f.reshape(b, -1, 1, 1)))
                .orElse(sum);
        return List.of(normalized(n, whole), whole);
    }

    /// The first half of the last axis times gelu of the second.
    private static List<Value> gate(NodeImport n) {
        Formula f = formula(n);
        Value x = f.add(n.in(0), n.in(1));
        int axis = x.rank() - 1;
        long half = n.in(1).shape().dim(0).extent() / 2;
        Value gelu = n.apply(new Activations.Gelu(false), f.slice(x, axis, half, 2 * half));
        return n.result(Arithmetic.MUL, f.slice(x, axis, 0, half), gelu);
    }

    /// Only images have their channels last, weights and bias are those of Conv.
    private static List<Value> conv(NodeImport n) {
        Formula f = formula(n);
        var op = new Convolutions.Conv(ProductRows.sliding(n), (int) n.integer("group", 1));
        List<Value> in = new ArrayList<>(List.of(ChannelOrder.first(f, n.in(0)), n.in(1)));
        n.optional(2).ifPresent(in::add);
        Value y = ChannelOrder.last(f, n.builder().apply(op, in).getFirst());
        Value sum = n.has(3) ? f.add(y, n.in(3)) : y;
        return List.of(FusedRows.activated(n, sum, n.text("activation", "")));
    }
}
