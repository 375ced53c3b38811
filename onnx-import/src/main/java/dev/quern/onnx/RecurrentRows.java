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
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/// RNN, GRU and LSTM.
final class RecurrentRows {
    private RecurrentRows() {}

    static List<Row> rows() {
        return List.of(
                row("RNN", 1, n -> layer(n, Cell.RNN)).writes(Recurrent.class, RecurrentRows::layer),
                row("GRU", 1, n -> layer(n, Cell.GRU)).writes(Recurrent.class, RecurrentRows::layer),
                row("LSTM", 1, n -> layer(n, Cell.LSTM)).writes(Recurrent.class, RecurrentRows::layer),
                microsoft("DynamicQuantizeLSTM", RecurrentRows::quantized));
    }

    private static List<Value> layer(NodeImport n, Cell cell) {
        return layer(n, cell, n.in(1), n.in(2), false);
    }

    /// An LSTM whose weights `[D,I,4·H]` are integers, and whose inputs and states become integers at each product.
    private static List<Value> quantized(NodeImport n) {
        Value w = weights(n, n.in(1), n.in(8), n.in(9));
        return layer(n, Cell.LSTM, w, weights(n, n.in(2), n.in(10), n.in(11)), true);
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

    private static List<Value> layer(NodeImport n, Cell cell, Value w, Value r, boolean roundedOperands) {
        Direction direction = n.choice("direction", Direction.FORWARD);
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
                roundedOperands,
                given);
        return n.result(op, in);
    }

    private static void layer(Recurrent op, NodeExport n) {
        List<Optional<Value>> operands = new ArrayList<>();
        n.from(0).subList(0, 3).forEach(v -> operands.add(Optional.of(v)));
        int next = 3;
        for (Given g : Given.values()) {
            operands.add(op.given().contains(g) ? Optional.of(n.in(next++)) : Optional.empty());
        }
        n.operands(operands)
                .text("direction", op.direction().name().toLowerCase(Locale.ROOT))
                .flag("layout", op.batchFirst());
        if (n.in(2).shape().dim(2).isFixed()) {
            n.integer("hidden_size", n.in(2).shape().dim(2).extent());
        }
        if (op.clip() != 0) {
            n.number("clip", op.clip());
        }
        if (op.cell() == Cell.GRU) {
            n.flag("linear_before_reset", op.linearBeforeReset());
        }
        if (op.cell() == Cell.LSTM) {
            n.flag("input_forget", op.inputForget());
        }
        activations(op, n);
    }

    private static void activations(Recurrent op, NodeExport n) {
        n.texts(
                "activations",
                op.activations().stream().map(a -> spelled(a.kind())).toList());
        n.numbers("activation_alpha", constants(op, CellActivation.Kind::hasAlpha, CellActivation::alpha));
        n.numbers("activation_beta", constants(op, CellActivation.Kind::hasBeta, CellActivation::beta));
    }

    private static float[] constants(
            Recurrent op, Predicate<CellActivation.Kind> which, ToDoubleFunction<CellActivation> constant) {
        double[] values = op.activations().stream()
                .filter(a -> which.test(a.kind()))
                .mapToDouble(constant)
                .toArray();
        return Tensor.of(values, values.length).toFloats();
    }

    /// The standard's spelling.
    private static String spelled(CellActivation.Kind kind) {
        return switch (kind) {
            case RELU -> "Relu";
            case TANH -> "Tanh";
            case SIGMOID -> "Sigmoid";
            case SOFTSIGN -> "Softsign";
            case SOFTPLUS -> "Softplus";
            case AFFINE -> "Affine";
            case LEAKYRELU -> "LeakyRelu";
            case THRESHOLDEDRELU -> "ThresholdedRelu";
            case SCALEDTANH -> "ScaledTanh";
            case HARDSIGMOID -> "HardSigmoid";
            case ELU -> "Elu";
        };
    }

    /// The functions in the file, each with its constants: those with α take the next of the list of alphas,
    /// and so on.
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
