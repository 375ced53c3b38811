package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Cumulation;
import dev.quern.op.DataDependent;
import dev.quern.op.Formula;
import dev.quern.op.Generators;
import dev.quern.op.Logic;
import dev.quern.op.Normalizations;
import dev.quern.op.Products;
import dev.quern.op.Quantization;
import dev.quern.op.Reduce;
import dev.quern.op.Scattering;
import dev.quern.op.Softmaxes;
import dev.quern.op.Sorting;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// Parts of transformers beside attention, as ONNX Runtime's optimiser writes them: biases by distance, sequences
/// without their padding, quantised embeddings, experts, gated norms.
final class TransformerRows {
    private TransformerRows() {}

    static List<Row> rows() {
        return List.of(
                microsoft("RelativePositionBias", TransformerRows::byDistance),
                microsoft("GatedRelativePositionBias", TransformerRows::gatedBias),
                microsoft("RemovePadding", TransformerRows::packed),
                microsoft("RestorePadding", TransformerRows::padded),
                microsoft("QEmbedLayerNormalization", TransformerRows::embedded),
                microsoft("GatedAdd", TransformerRows::gatedSum),
                microsoft("GatedRMSNorm", TransformerRows::gatedNorm),
                microsoft("MoE", TransformerRows::experts));
    }

    private static Formula formula(NodeImport n) {
        return new Formula(n.builder());
    }

    private static Value count(NodeImport n, Value length) {
        DType dtype = length.dtype();
        return n.apply(new Generators.Range(), n.scalar(dtype, 0), formula(n).reshape(length), n.scalar(dtype, 1));
    }

    /// A bias for each head and distance of query and key, in buckets that grow with the distance (Raffel et al.
    /// 2020, T5). The table lies in memory as `[heads,buckets]`, whatever its shape says.
    private static List<Value> byDistance(NodeImport n) {
        Formula f = formula(n);
        long buckets = n.in(0).shape().dim(0).extent();
        long heads = n.in(0).shape().dim(1).extent();
        boolean bothWays = n.flag("is_bidirectional", false);
        Value distance = f.sub(f.unsqueeze(count(n, n.in(2)), 0), f.unsqueeze(count(n, n.in(1)), 1));
        Value ahead = f.cast(distance, DType.I32);
        Value zero = n.scalar(DType.I32, 0);
        long half = bothWays ? buckets / 2 : buckets;
        Value back = bothWays
                ? n.apply(Arithmetic.ABS, ahead)
                : n.apply(Arithmetic.NEG, n.apply(Arithmetic.MIN, ahead, zero));
        long exact = half / 2;
        Value one = n.apply(Arithmetic.MAX, back, n.scalar(DType.I32, 1));
        Value log = n.apply(Arithmetic.LOG, f.div(f.cast(one, DType.F32), exact));
        double perLog = (half - exact) / Math.log((double) n.integer("max_distance", 128) / exact);
        Value far = f.add(f.cast(f.mul(log, perLog), DType.I32), exact);
        Value large = n.apply(Arithmetic.MIN, far, n.scalar(DType.I32, half - 1));
        Value bucket = f.where(f.less(back, n.scalar(DType.I32, exact)), back, large);
        Value whole = bothWays ? f.add(bucket, f.where(f.less(zero, ahead), n.scalar(DType.I32, half), zero)) : bucket;
        Value table = f.reshape(n.in(0), heads, buckets);
        return List.of(f.unsqueeze(f.gather(table, 1, whole), 0));
    }

    /// Biases by distance, scaled by gates that follow from the queries (Chen et al. 2022, WavLM).
    private static List<Value> gatedBias(NodeImport n) {
        Formula f = formula(n);
        if (n.has(6)) {
            throw new UnsupportedNodeException("token_offset is not supported: queries must have their padding");
        }
        Value query = f.heads(f.add(n.in(0), n.in(1)), n.integer("num_heads", 1));
        Value linear = f.add(f.matMul(query, n.in(3)), n.in(4));
        long gates = n.in(3).shape().dim(1).extent();
        Value two = f.reshape(linear, f.concat(0, f.dims(linear, 0, 3), n.longs(2, gates / 2)));
        Value summed = f.squeeze(f.reduce(Reduce.Kind.SUM, two, 4), 4);
        Value sigmoid = n.apply(Activations.SIGMOID, summed);
        Value u = f.slice(sigmoid, 3, 0, 1);
        Value r = f.slice(sigmoid, 3, 1, 2);
        Value gate = f.add(f.mul(u, f.add(f.mul(r, n.in(5)), -1)), 2);
        return n.result(Arithmetic.MUL, gate, n.in(2));
    }

    private static Value places(NodeImport n, Value flags) {
        Formula f = formula(n);
        return f.reshape(n.apply(new DataDependent.NonZero(), f.reshape(flags, -1)), -1);
    }

    /// The tokens that are no padding, one after another; where all of them stood, padding last; where each
    /// sequence begins; the longest one.
    private static List<Value> packed(NodeImport n) {
        Formula f = formula(n);
        Value lengths = n.in(1);
        Value column = f.cast(count(n, f.dim(n.in(0), 1)), lengths.dtype());
        Value isToken = f.less(f.unsqueeze(column, 0), f.unsqueeze(lengths, 1));
        Value tokens = places(n, isToken);
        Value padding = places(n, n.apply(Logic.NOT, isToken));
        Value flat = f.reshape(n.in(0), f.concat(0, n.longs(-1), f.dim(n.in(0), 2)));
        Value offsets = f.cast(f.reshape(f.concat(0, tokens, padding), f.dims(n.in(0), 0, 2)), DType.I32);
        Value sums = n.apply(new Cumulation.CumSum(false, false), lengths, n.scalar(DType.I64, 0));
        Value starts = f.concat(0, n.constant(Tensor.zeros(lengths.dtype(), 1)), sums);
        Value longest = f.reshape(f.reduce(Reduce.Kind.MAX, lengths, 0), 1);
        return List.of(f.gather(flat, 0, tokens), offsets, starts, longest);
    }

    /// The opposite, zeros where padding was.
    private static List<Value> padded(NodeImport n) {
        Formula f = formula(n);
        Value x = n.in(0);
        Value width = f.dim(x, 1);
        Value all = f.reshape(f.cast(n.in(1), DType.I64), -1);
        Value used = n.apply(new Arranging.Slice(), all, n.longs(0), f.dim(x, 0), n.longs(0));
        Value zeros = f.expand(n.scalar(x.dtype(), 0), f.concat(0, f.dim(all, 0), width));
        Value whole = n.apply(new Scattering.ScatterND(0, Kernel.Combine.REPLACE), zeros, f.unsqueeze(used, 1), x);
        return List.of(f.reshape(whole, f.concat(0, f.dims(n.in(1), 0, 2), width)));
    }

    /// Operands: ids, segments, tables and weights as integers, mask, then scales and zero points.
    private static List<Value> embedded(NodeImport n) {
        Formula f = formula(n);
        Value ids = n.in(0);
        Value words = real(n, f.gather(n.in(2), 0, ids), 8, 13);
        Value places = real(n, f.gather(n.in(3), 0, count(n, f.dim(ids, 1))), 9, 14);
        Value sum = f.add(words, places);
        Value whole = n.optional(1)
                .map(s -> f.add(sum, real(n, f.gather(n.in(4), 0, s), 10, 15)))
                .orElse(sum);
        Op op = new Normalizations.LayerNormalization(-1, n.number("epsilon", 1e-12f));
        Value y = n.apply(op, whole, real(n, n.in(5), 11, 16), real(n, n.in(6), 12, 17));
        Value seen = n.optional(7).orElseGet(() -> f.expand(n.scalar(DType.I32, 0), f.dims(ids, 0, 2)));
        return List.of(y, n.apply(new Reduce(Reduce.Kind.SUM, false), seen, n.longs(1)));
    }

    private static Value real(NodeImport n, Value x, int scale, int zero) {
        Formula f = formula(n);
        return n.apply(new Quantization.DequantizeLinear(DType.F32), x, f.reshape(n.in(scale)), f.reshape(n.in(zero)));
    }

    private static List<Value> gatedSum(NodeImport n) {
        Formula f = formula(n);
        Value gate = n.optional(3)
                .map(w -> n.apply(Activations.SIGMOID, f.matMul(n.in(2), w)))
                .orElseGet(() -> n.in(2));
        return n.result(Arithmetic.ADD, n.in(0), f.mul(n.in(1), gate));
    }

    /// Normalised by its root mean square in groups as long as the scale, times an activation of the gate.
    private static List<Value> gatedNorm(NodeImport n) {
        Formula f = formula(n);
        Value x = f.cast(n.in(0), DType.F32);
        Value gate = f.cast(n.in(2), DType.F32);
        Value scale = f.cast(n.in(1), DType.F32);
        Value groups = f.reshape(x, f.concat(0, f.dims(x, 0, x.rank() - 1), n.longs(-1), f.dim(scale, 0)));
        Value normal = n.apply(new Normalizations.RMSNormalization(-1, n.number("epsilon", 1e-5f)), groups, scale);
        boolean sigmoid = n.text("activation", "silu").equals("sigmoid");
        Value open = n.apply(sigmoid ? Activations.SIGMOID : Activations.SILU, gate);
        return List.of(f.cast(
                f.mul(f.reshape(normal, f.dims(x, 0, x.rank())), open), n.in(0).dtype()));
    }

    /// Mixture of experts (Fedus et al. 2021): each token's sum over its `k` likeliest experts. All experts
    /// compute, those that were not chosen weigh 0.
    private static List<Value> experts(NodeImport n) {
        Formula f = formula(n);
        if (n.flag("use_sparse_mixer", false)) {
            throw new UnsupportedNodeException("use_sparse_mixer is not supported");
        }
        Value x = n.in(0);
        Value tokens = f.reshape(x, f.concat(0, n.longs(-1), f.dim(x, x.rank() - 1)));
        Value hidden = expert(n, tokens, 2, 3);
        Value active = switch (n.text("activation_type", "relu")) {
            case "relu" -> n.apply(Activations.RELU, hidden);
            case "gelu" -> n.apply(new Activations.Gelu(true), hidden);
            case "silu" -> n.apply(Activations.SILU, hidden);
            case "identity" -> hidden;
            case "swiglu" -> gate(n, tokens, hidden);
            case String other -> throw new UnsupportedNodeException("activation_type " + other + " is not supported");
        };
        Value out = expert(n, active, 4, 5);
        Value weights = f.unsqueeze(f.transpose(routing(n), 1, 0), 2);
        Value sum = f.squeeze(f.reduce(Reduce.Kind.SUM, f.mul(out, weights), 0), 0);
        return List.of(f.reshape(sum, f.dims(x, 0, x.rank())));
    }

    /// x · Wᵀ + b for each expert, `[experts,tokens,…]`.
    private static Value expert(NodeImport n, Value x, int weights, int bias) {
        Formula f = formula(n);
        Value y = n.apply(new Products.MatMul(), x, f.lastTwoSwapped(n.in(weights)));
        return n.optional(bias).map(b -> f.add(y, f.unsqueeze(b, 1))).orElse(y);
    }

    /// What each expert weighs for each token, `[tokens,experts]`: softmax over all, 0 but for the `k` largest.
    private static Value routing(NodeImport n) {
        Formula f = formula(n);
        Value shares = n.apply(new Softmaxes.Softmax(1), n.in(1));
        List<Value> top = n.builder().apply(new Sorting.TopK(1, true), List.of(shares, n.longs(n.integer("k", 1))));
        Value chosen = n.flag("normalize_routing_weights", false)
                ? f.div(top.getFirst(), f.reduce(Reduce.Kind.SUM, top.getFirst(), 1))
                : top.getFirst();
        return n.apply(
                new Scattering.ScatterElements(1, Kernel.Combine.REPLACE), f.mul(shares, 0), top.getLast(), chosen);
    }

    /// G · sigmoid(α · G) · (L + β), G and L limited: products of two matrices, or of one that holds both.
    private static Value gate(NodeImport n, Value tokens, Value hidden) {
        Formula f = formula(n);
        long fusion = n.integer("swiglu_fusion", 0);
        int axis = hidden.rank() - 1;
        long half = n.in(2).shape().dim(1).extent() / (fusion == 0 ? 1 : 2);
        Value gates = switch ((int) fusion) {
            case 0 -> hidden;
            case 1 -> f.every(hidden, axis, 0, 2);
            default -> f.slice(hidden, axis, 0, half);
        };
        Value linear = switch ((int) fusion) {
            case 0 -> expert(n, tokens, 6, 7);
            case 1 -> f.every(hidden, axis, 1, 2);
            default -> f.slice(hidden, axis, half, 2 * half);
        };
        Optional<Value> limit = n.optionalNumber("swiglu_limit").map(l -> n.scalar(hidden.dtype(), l));
        Value g = limit.map(l -> n.apply(Arithmetic.MIN, gates, l)).orElse(gates);
        Value l = limit.map(m -> n.apply(Arithmetic.CLIP, linear, n.apply(Arithmetic.NEG, m), m))
                .orElse(linear);
        Value open = n.apply(new Activations.Swish(n.number("activation_alpha", 1)), g);
        return f.mul(open, f.add(l, n.number("activation_beta", 0)));
    }
}
