package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.Attention;
import dev.quern.op.Attention.Given;
import dev.quern.op.Attention.Heads;
import dev.quern.op.Attention.Shown;
import dev.quern.op.Attention.Sight;
import dev.quern.op.CausalConvWithState;
import dev.quern.op.RotaryEmbedding;
import dev.quern.op.TensorScatter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Attention and what goes with it in decoders: rotary embeddings, caches, causal convolution.
final class AttentionRows {
    private AttentionRows() {}

    static List<Row> rows() {
        return List.of(
                row("Attention", 23, AttentionRows::attention),
                row(
                        "RotaryEmbedding",
                        23,
                        n -> n.result(
                                new RotaryEmbedding(
                                        (int) n.integer("num_heads", 0),
                                        (int) n.integer("rotary_embedding_dim", 0),
                                        n.flag("interleaved", false)),
                                n.all())),
                row(
                        "TensorScatter",
                        24,
                        n -> n.result(
                                new TensorScatter(
                                        (int) n.integer("axis", -2),
                                        n.text("mode", "linear").equals("circular")),
                                n.all())),
                row("CausalConvWithState", 27, AttentionRows::causalConv));
    }

    private static List<Value> attention(NodeImport n) {
        List<Value> in = new ArrayList<>(List.of(n.in(0), n.in(1), n.in(2)));
        Set<Given> given = EnumSet.noneOf(Given.class);
        n.optional(3).ifPresent(mask -> {
            given.add(Given.MASK);
            in.add(mask);
        });
        if (n.has(4)) {
            given.add(Given.PAST);
            in.addAll(List.of(n.in(4), n.in(5)));
        }
        n.optional(6).ifPresent(lengths -> {
            given.add(Given.LENGTHS);
            in.add(lengths);
        });
        Sight sight = new Sight(n.flag("is_causal", false), (int) n.integer("left_window_size", -1), (int)
                n.integer("right_window_size", -1));
        Attention op = new Attention(
                heads(n),
                n.optionalNumber("scale").map(Float::doubleValue),
                sight,
                n.number("softcap", 0),
                n.dtype("softmax_precision"),
                shown(n.integer("qk_matmul_output_mode", 0)),
                given);
        return n.result(op, in);
    }

    private static Shown shown(long mode) {
        return switch ((int) mode) {
            case 0 -> Shown.SCORES;
            case 1 -> Shown.CAPPED_SCORES;
            case 2 -> Shown.BIASED_SCORES;
            case 3 -> Shown.PROBABILITIES;
            default -> throw new UnsupportedNodeException("qk_matmul_output_mode must be 0 to 3, not " + mode);
        };
    }

    private static Optional<Heads> heads(NodeImport n) {
        return n.in(0).rank() == 3
                ? Optional.of(new Heads((int) n.integer("q_num_heads", 0), (int) n.integer("kv_num_heads", 0)))
                : Optional.empty();
    }

    private static List<Value> causalConv(NodeImport n) {
        List<Value> in = new ArrayList<>(List.of(n.in(0), n.in(1)));
        n.optional(2).ifPresent(in::add);
        n.optional(3).ifPresent(in::add);
        boolean silu = !n.text("activation", "none").equals("none");
        return n.result(new CausalConvWithState(silu, n.has(2), n.has(3)), in);
    }
}
