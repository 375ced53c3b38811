package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Convolutions;
import dev.quern.op.Joining;
import dev.quern.op.Passing;
import dev.quern.op.Pools;
import dev.quern.op.Products;
import dev.quern.op.RandomDropout;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// A forward pass whose products and convolutions take and give 16-bit floats, as what follows from them element by
/// element or is only moved does; norms, sums, exponentials and the loss stay in 32 bits, as in PyTorch's `autocast`.
/// Parameters stay in 32 bits: each is rounded where it is used (Micikevicius et al., "Mixed Precision Training",
/// 2018).
///
/// @param low bf16 or f16
record MixedPrecision(DType low) {
    MixedPrecision {
        if (low != DType.BF16 && low != DType.F16) {
            throw new IllegalArgumentException("mixed precision is of bf16 or f16, not " + low);
        }
    }

    /// Adds the nodes of `graph`; see [GraphBuilder#inline(Graph, Map)]. Results may be of 16 bits.
    void inline(GraphBuilder g, Graph graph, Map<Value, Value> to) {
        Map<DType, Map<Value, Value>> converted = new HashMap<>();
        converted.put(low, new IdentityHashMap<>());
        converted.put(DType.F32, new IdentityHashMap<>());
        for (Node n : graph.nodes()) {
            g.at(n.origins());
            boolean isLow = isProduct(n.op())
                    || follows(n.op())
                            && n.inputs().stream()
                                    .anyMatch(v -> isOf(v, DType.F32) && isOf(to.getOrDefault(v, v), low));
            DType wanted = isLow ? low : DType.F32;
            List<Value> in = new ArrayList<>();
            for (Value v : n.inputs()) {
                Value now = to.getOrDefault(v, v);
                in.add(
                        isOf(v, DType.F32) && !isOf(now, wanted)
                                ? converted
                                        .getOrDefault(wanted, Map.of())
                                        .computeIfAbsent(now, u -> g.apply(new Casting.Cast(wanted), u))
                                : now);
            }
            List<Value> out =
                    g.apply(n.op(), in, n.outputs().stream().map(Value::name).toList());
            for (int i = 0; i < out.size(); i++) {
                to.put(n.output(i), out.get(i));
            }
        }
    }

    private static boolean isOf(Value v, DType dtype) {
        return v.type() instanceof TensorType t && t.dtype() == dtype;
    }

    private static boolean isProduct(Op op) {
        return op instanceof Products || op instanceof Convolutions || op instanceof ConvTranspose;
    }

    private static boolean follows(Op op) {
        return op.equals(Arithmetic.ADD)
                || op.equals(Arithmetic.SUB)
                || op.equals(Arithmetic.MUL)
                || op.equals(Activations.RELU)
                || op.equals(Activations.TANH)
                || op.equals(Activations.SIGMOID)
                || op instanceof Shaping
                || op instanceof Arranging
                || op instanceof Joining
                || op instanceof Passing.Identity
                || op instanceof RandomDropout
                || op instanceof Pools.MaxPool;
    }
}
