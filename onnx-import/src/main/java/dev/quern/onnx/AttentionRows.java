package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Graph;
import dev.quern.graph.HostOp;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.op.Attention;
import dev.quern.op.Attention.Given;
import dev.quern.op.Attention.Heads;
import dev.quern.op.Attention.Shown;
import dev.quern.op.Attention.Sight;
import dev.quern.op.CausalConvWithState;
import dev.quern.op.FlexAttention;
import dev.quern.op.Formula;
import dev.quern.op.LinearAttention;
import dev.quern.op.RotaryEmbedding;
import dev.quern.op.TensorScatter;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
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
                row("CausalConvWithState", 27, AttentionRows::causalConv),
                row("LinearAttention", 27, AttentionRows::linear).writes(LinearAttention.class, AttentionRows::linear),
                new Row("ai.onnx.preview", "FlexAttention", 1, AttentionRows::flexible));
    }

    /// Values may be of another type than queries; they are weighed in the type of these.
    private static List<Value> attention(NodeImport n) {
        Formula f = new Formula(n.builder());
        DType computed = n.in(0).dtype();
        DType ofValues = n.in(2).dtype();
        List<Value> in = new ArrayList<>(List.of(n.in(0), n.in(1), f.cast(n.in(2), computed)));
        Set<Given> given = EnumSet.noneOf(Given.class);
        n.optional(3).ifPresent(mask -> {
            given.add(Given.MASK);
            in.add(mask);
        });
        if (n.has(4)) {
            given.add(Given.PAST);
            in.addAll(List.of(n.in(4), f.cast(n.in(5), computed)));
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
        List<Value> results = new ArrayList<>(n.result(op, in));
        if (n.wants(2)) {
            results.set(2, f.cast(results.get(2), ofValues));
        }
        return results;
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

    private static void linear(LinearAttention op, NodeExport n) {
        List<Optional<Value>> operands = new ArrayList<>();
        n.from(0).subList(0, 3).forEach(v -> operands.add(Optional.of(v)));
        int next = 3;
        for (LinearAttention.Given each : LinearAttention.Given.values()) {
            operands.add(op.given().contains(each) ? Optional.of(n.in(next++)) : Optional.empty());
        }
        n.operands(operands)
                .integer("q_num_heads", op.queryHeads())
                .integer("kv_num_heads", op.keyHeads())
                .text("update_rule", op.rule().name().toLowerCase(Locale.ROOT))
                .number("scale", op.scale());
    }

    private static List<Value> linear(NodeImport n) {
        List<Value> in = new ArrayList<>(List.of(n.in(0), n.in(1), n.in(2)));
        Set<LinearAttention.Given> given = EnumSet.noneOf(LinearAttention.Given.class);
        int at = 3;
        for (LinearAttention.Given each : LinearAttention.Given.values()) {
            n.optional(at++).ifPresent(v -> {
                given.add(each);
                in.add(v);
            });
        }
        LinearAttention op = new LinearAttention(
                (int) n.integer("q_num_heads", 0),
                (int) n.integer("kv_num_heads", 0),
                LinearAttention.Rule.valueOf(
                        n.text("update_rule", "gated_delta").toUpperCase(Locale.ROOT)),
                n.number("scale", 0),
                given);
        return n.result(op, in);
    }

    private static List<Value> flexible(NodeImport n) {
        DType precision = n.dtype("softmax_precision").orElse(n.in(0).dtype() == DType.F64 ? DType.F64 : DType.F32);
        List<Type> scores = List.of(Type.tensor(precision, Shape.ofRank(4)));
        List<Value> in = new ArrayList<>(n.all());
        List<Optional<Graph>> bodies = new ArrayList<>();
        for (String attribute : List.of("score_mod", "prob_mod")) {
            Optional<NodeImport.Body> body =
                    n.hasAttribute(attribute) ? Optional.of(n.body(attribute, scores)) : Optional.empty();
            body.ifPresent(b -> in.addAll(b.captured()));
            bodies.add(body.map(NodeImport.Body::graph));
        }
        FlexAttention op = new FlexAttention(
                n.optionalNumber("scale").map(Float::doubleValue), precision, bodies.get(0), bodies.get(1));
        boolean onHost = op.bodies().stream().anyMatch(AttentionRows::hasHostSteps);
        return onHost ? op.expand(n.builder(), in) : n.result(op, in);
    }

    /// A composite becomes one region of kernels, so bodies with steps for the host are written out in the
    /// graph.
    private static boolean hasHostSteps(Graph body) {
        return body.nodes().stream().anyMatch(node -> node.op() instanceof HostOp || node.op() instanceof OpaqueOp);
    }
}
