package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;
import static dev.quern.onnx.Row.row;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.Convolutions;
import dev.quern.op.Formula;
import dev.quern.op.Generators;
import dev.quern.op.Normalizations;
import dev.quern.op.Products;
import dev.quern.op.Reduce;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// What ONNX Runtime's optimiser writes where it finds a product, a normalisation or an activation with its
/// neighbours: here they are apart again, and fused as this library fuses.
final class FusedRows {
    private FusedRows() {}

    static List<Row> rows() {
        return List.of(
                microsoft("FusedMatMul", n -> List.of(product(n))),
                microsoft("TransposeMatMul", n -> List.of(product(n))),
                microsoft("FusedMatMulActivation", n -> List.of(activated(n, product(n), n.text("activation", "")))),
                microsoft("FusedGemm", n -> List.of(activated(n, gemm(n), n.text("activation", "")))),
                microsoft("FusedConv", FusedRows::conv),
                microsoft("Gelu", n -> n.result(new Activations.Gelu(false), n.in(0))),
                microsoft("BiasGelu", n -> n.result(new Activations.Gelu(false), biased(n))),
                microsoft("FastGelu", n -> n.result(new Activations.Gelu(true), biased(n))),
                microsoft("QuickGelu", n -> n.result(new Activations.Swish(n.number("alpha", 1.702f)), n.in(0))),
                microsoft("BiasAdd", n -> n.result(Arithmetic.ADD, n.apply(Arithmetic.ADD, n.in(0), n.in(1)), n.in(2))),
                microsoft(
                        "BiasSoftmax",
                        n -> n.result(new Softmaxes.Softmax(-1), n.apply(Arithmetic.ADD, n.in(0), n.in(1)))),
                microsoft("SkipLayerNormalization", FusedRows::skip),
                microsoft("SkipSimplifiedLayerNormalization", FusedRows::skipSimplified),
                microsoft("EmbedLayerNormalization", FusedRows::embed),
                row("SimplifiedLayerNormalization", 1, FusedRows::simplified),
                microsoft("SimplifiedLayerNormalization", FusedRows::simplified),
                microsoft("LayerNormalization", FusedRows::layer),
                row("LayerNormalization", 1, FusedRows::layer),
                row("LayerNormalization", 17, FusedRows::layer)
                        .writes(
                                Normalizations.LayerNormalization.class,
                                (op, n) -> n.integer("axis", op.axis()).number("epsilon", op.epsilon())));
    }

    private static Formula formula(NodeImport n) {
        return new Formula(n.builder());
    }

    private static Value product(NodeImport n) {
        Formula f = formula(n);
        Value a = arranged(f, n.in(0), n.flag("transBatchA", false), n.flag("transA", false));
        Value b = arranged(f, n.in(1), n.flag("transBatchB", false), n.flag("transB", false));
        Value product = f.matMul(a, b);
        float alpha = n.number("alpha", 1);
        return alpha == 1 ? product : f.mul(product, alpha);
    }

    /// @param batchInside whether the axes of the batch lie between the two of the matrices
    private static Value arranged(Formula f, Value v, boolean batchInside, boolean transposed) {
        int last = v.rank() - 1;
        Value outside = !batchInside
                ? v
                : f.transpose(
                        v,
                        IntStream.rangeClosed(0, last)
                                .map(i -> i == last ? last : i == last - 1 ? 0 : i + 1)
                                .toArray());
        return transposed && last > 0 ? f.lastTwoSwapped(outside) : outside;
    }

    private static Value gemm(NodeImport n) {
        Op op = new Products.Gemm(
                n.number("alpha", 1), n.number("beta", 1), n.flag("transA", false), n.flag("transB", false));
        return n.builder().apply(op, n.all()).getFirst();
    }

    private static List<Value> conv(NodeImport n) {
        Op op = new Convolutions.Conv(ProductRows.sliding(n), (int) n.integer("group", 1));
        List<Value> in = new ArrayList<>(List.of(n.in(0), n.in(1)));
        n.optional(2).ifPresent(in::add);
        Value y = n.builder().apply(op, in).getFirst();
        Value sum = n.has(3) ? n.apply(Arithmetic.ADD, y, n.in(3)) : y;
        return List.of(activated(n, sum, n.text("activation", "")));
    }

    /// The activation that attributes name, with its constants: one by one, or in a list.
    static Value activated(NodeImport n, Value x, String name) {
        float[] listed = n.numbers("activation_params").orElse(new float[0]);
        float alpha =
                listed.length > 0 ? listed[0] : n.number("activation_alpha", name.equals("LeakyRelu") ? 0.01f : 0);
        float beta = listed.length > 1 ? listed[1] : n.number("activation_beta", 0);
        return switch (name) {
            case "" -> x;
            case "Relu" -> n.apply(Activations.RELU, x);
            case "Tanh" -> n.apply(Activations.TANH, x);
            case "Sigmoid" -> n.apply(Activations.SIGMOID, x);
            case "LeakyRelu" -> n.apply(new Activations.LeakyRelu(alpha), x);
            case "HardSigmoid" -> n.apply(new Activations.HardSigmoid(alpha, beta), x);
            case "Clip" -> n.apply(Arithmetic.CLIP, x, n.scalar(x.dtype(), alpha), n.scalar(x.dtype(), beta));
            default -> throw new UnsupportedNodeException("activation " + name + " is not supported");
        };
    }

    private static Value biased(NodeImport n) {
        return n.has(1) ? n.apply(Arithmetic.ADD, n.in(0), n.in(1)) : n.in(0);
    }

    /// The sum of a layer's input and output, with a bias if there is one as operand `bias`.
    private static Value sum(NodeImport n, int bias) {
        Value sum = n.apply(Arithmetic.ADD, n.in(0), n.in(1));
        return n.optional(bias).map(b -> n.apply(Arithmetic.ADD, sum, b)).orElse(sum);
    }

    private static List<Value> skip(NodeImport n) {
        Value sum = sum(n, 4);
        List<Value> in = new ArrayList<>(List.of(sum, n.in(2)));
        n.optional(3).ifPresent(in::add);
        Op op = new Normalizations.LayerNormalization(-1, n.number("epsilon", 1e-12f));
        List<Value> results = new ArrayList<>(n.result(op, in));
        results.add(sum);
        return results;
    }

    private static List<Value> skipSimplified(NodeImport n) {
        Value sum = sum(n, 3);
        Op op = new Normalizations.RMSNormalization(-1, n.number("epsilon", 1e-12f));
        Value y = n.result(op, sum, n.in(2)).getFirst();
        Value inverse = inverseDeviation(n, sum, -1);
        return List.of(y, inverse, inverse, sum);
    }

    private static List<Value> simplified(NodeImport n) {
        int axis = (int) n.integer("axis", -1);
        Op op = new Normalizations.RMSNormalization(axis, n.number("epsilon", 1e-5f));
        Value y = n.result(op, n.in(0), n.in(1)).getFirst();
        return n.wants(1) ? List.of(y, inverseDeviation(n, n.in(0), axis)) : List.of(y);
    }

    /// 1 / √(mean of squares + ε) over the axes from `axis` on.
    private static Value inverseDeviation(NodeImport n, Value x, int axis) {
        Formula f = formula(n);
        long[] axes =
                IntStream.range(x.shape().axis(axis), x.rank()).asLongStream().toArray();
        Value wide = f.cast(x, x.dtype().computeType());
        Value mean = f.reduce(Reduce.Kind.MEAN, f.mul(wide, wide), axes);
        return n.apply(Arithmetic.RECIPROCAL, n.apply(Arithmetic.SQRT, f.add(mean, n.number("epsilon", 1e-5f))));
    }

    /// Mean and inverse deviation are of the type that `stash_type` names, whatever the type of the operand.
    private static List<Value> layer(NodeImport n) {
        Op op = new Normalizations.LayerNormalization((int) n.integer("axis", -1), n.number("epsilon", 1e-5f));
        List<Value> all = n.result(op, n.all());
        DType stash = n.dtype("stash_type").orElse(DType.F32);
        List<Value> results = new ArrayList<>(List.of(all.getFirst()));
        for (Value moment : all.subList(1, all.size())) {
            results.add(moment.dtype() == stash ? moment : n.apply(new Casting.Cast(stash), moment));
        }
        return results;
    }

    /// Word, position and segment embeddings summed and normalised; how many words the mask leaves; the sum.
    private static List<Value> embed(NodeImport n) {
        Formula f = formula(n);
        Value ids = n.in(0);
        Value places = n.optional(8).orElseGet(() -> positions(n, ids));
        Value words = f.add(f.gather(n.in(2), 0, ids), f.gather(n.in(3), 0, places));
        Optional<Value> segments = n.optional(1).map(s -> f.gather(n.in(4), 0, s));
        Value sum = segments.map(s -> f.add(words, s)).orElse(words);
        Op op = new Normalizations.LayerNormalization(-1, n.number("epsilon", 1e-12f));
        Value y = n.result(op, sum, n.in(5), n.in(6)).getFirst();
        Value seen = n.optional(7).orElseGet(() -> f.expand(n.scalar(DType.I32, 0), f.dims(ids, 0, 2)));
        Value count = n.apply(new Reduce(Reduce.Kind.SUM, false), seen, n.longs(1));
        return List.of(y, count, sum);
    }

    /// 0, 1, 2 … for the second axis of `ids`.
    private static Value positions(NodeImport n, Value ids) {
        Value length = formula(n).squeeze(formula(n).dim(ids, 1), 0);
        return n.apply(new Generators.Range(), n.scalar(DType.I64, 0), length, n.scalar(DType.I64, 1));
    }
}
