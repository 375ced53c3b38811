package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;
import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.CellActivation;
import dev.quern.op.Quantization;
import dev.quern.op.Recurrent;
import dev.quern.op.Recurrent.Cell;
import dev.quern.op.Recurrent.Direction;
import dev.quern.op.Recurrent.Given;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// RNN, GRU and LSTM.
final class RecurrentRows {
    private RecurrentRows() {}

    static List<Row> rows() {
        return List.of(
                row("RNN", 1, n -> layer(n, Cell.RNN)),
                row("GRU", 1, n -> layer(n, Cell.GRU)),
                row("LSTM", 1, n -> layer(n, Cell.LSTM)),
                microsoft("DynamicQuantizeLSTM", RecurrentRows::quantized));
    }

    private static List<Value> layer(NodeImport n, Cell cell) {
        return layer(n, cell, n.in(1), n.in(2));
    }

    /// An LSTM whose weights `[D,I,4·H]` are integers. Inputs stay floats, so results are nearer to those of the
    /// float model than where inputs are quantised too.
    private static List<Value> quantized(NodeImport n) {
        return layer(n, Cell.LSTM, weights(n, n.in(1), n.in(8), n.in(9)), weights(n, n.in(2), n.in(10), n.in(11)));
    }

    /// Weights from integers, with a scale for each direction, or for each direction and unit.
    private static Value weights(NodeImport n, Value q, Value scale, Value zeroPoint) {
        Value w = n.apply(new Quantization.DequantizeLinear(DType.F32), q, spread(n, scale), spread(n, zeroPoint));
        return n.apply(new Arranging.Transpose(List.of(0, 2, 1)), w);
    }

    private static Value spread(NodeImport n, Value v) {
        long[] axes = v.rank() == 1 ? new long[] {1, 2} : new long[] {1};
        return n.apply(new Shaping.Unsqueeze(), v, n.longs(axes));
    }

    private static List<Value> layer(NodeImport n, Cell cell, Value w, Value r) {
        Direction direction = Direction.valueOf(n.text("direction", "forward").toUpperCase(Locale.ROOT));
        List<Value> in = new ArrayList<>(List.of(n.in(0), w, r));
        Set<Given> given = EnumSet.noneOf(Given.class);
        int at = 3;
        for (Given g : Given.values()) {
            n.optional(at++).ifPresent(v -> {
                given.add(g);
                in.add(v);
            });
        }
        Recurrent op = new Recurrent(
                cell,
                direction,
                activations(n, cell, direction.count()),
                n.number("clip", 0),
                n.flag("layout", false),
                n.flag("linear_before_reset", false),
                n.flag("input_forget", false),
                given);
        return n.result(op, in);
    }

    /// The functions in the file, each with its constants: those with α take the next of the list of alphas, and so
    /// on.
    private static List<CellActivation> activations(NodeImport n, Cell cell, int directions) {
        List<String> names = n.texts("activations").orElse(List.of());
        if (names.isEmpty()) {
            return Collections.nCopies(directions, cell.defaults()).stream()
                    .flatMap(List::stream)
                    .toList();
        }
        float[] alphas = n.numbers("activation_alpha").orElse(new float[0]);
        float[] betas = n.numbers("activation_beta").orElse(new float[0]);
        int alpha = 0;
        int beta = 0;
        List<CellActivation> all = new ArrayList<>();
        for (String name : names) {
            CellActivation plain = CellActivation.Kind.of(name).plain();
            boolean ownAlpha = plain.kind().hasAlpha() && alpha < alphas.length;
            boolean ownBeta = plain.kind().hasBeta() && beta < betas.length;
            all.add(new CellActivation(
                    plain.kind(), ownAlpha ? alphas[alpha++] : plain.alpha(), ownBeta ? betas[beta++] : plain.beta()));
        }
        return all;
    }
}
