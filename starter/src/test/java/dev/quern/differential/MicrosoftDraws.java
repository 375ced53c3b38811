package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.row;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/// The operators that ONNX Runtime's own optimizer and quantizer write: com.microsoft.
final class MicrosoftDraws {
    private static final Agreement SOFT = new Agreement(64, 400, 0);
    /// Far below 0 the result is what is left of 1 + tanh, or of 1 - tanh.
    private static final Agreement TAIL = new Agreement(64, 32, 0);

    private MicrosoftDraws() {}

    private static OperatorDraw own(String name, Consumer<NodeDraw> recipe) {
        return row(13, name, n -> recipe.accept(n.domain("com.microsoft")));
    }

    static List<OperatorDraw> rows() {
        return List.of(
                own("Gelu microsoft", n -> n.agreement(Agreement.FUNCTION).any(Fill.FINITE, 1, 4, DType.F32)),
                own("QuickGelu", n -> {
                    n.agreement(TAIL).any(Fill.FINITE, 1, 4, DType.F32);
                    n.with("alpha", n.real(0.5, 2));
                }),
                own("BiasGelu", MicrosoftDraws::biased),
                own("FastGelu", MicrosoftDraws::biased),
                own("FusedMatMul", n -> matMul(n, true)),
                own("TransposeMatMul", n -> matMul(n, false)),
                own("FusedGemm", n -> {
                    long m = n.positive();
                    long k = n.positive();
                    long c = n.positive();
                    n.of(Fill.FINITE, DType.F32, m, k);
                    n.of(Fill.FINITE, DType.F32, k, c);
                    n.of(Fill.FINITE, DType.F32, c);
                    n.agreement(Agreement.sum(k, 20))
                            .with("alpha", n.real(-2, 2))
                            .with("beta", n.real(-2, 2));
                    n.with("activation", n.oneOf("Relu", "LeakyRelu", "Tanh", "Sigmoid"))
                            .with("activation_alpha", 0.25f);
                }),
                own("FusedConv", n -> {
                    long in = n.from(1, 4);
                    long out = n.from(1, 9);
                    n.of(Fill.FINITE, DType.F32, n.from(1, 2), in, n.from(3, 8), n.from(3, 8));
                    n.of(Fill.FINITE, DType.F32, out, in, n.from(1, 3), n.from(1, 3));
                    n.of(Fill.FINITE, DType.F32, out);
                    n.agreement(Agreement.sum(in * 9, 20)).with("activation", n.oneOf("Relu", "Tanh", "Sigmoid"));
                }),
                own("SkipLayerNormalization", n -> skip(n, true)),
                own("SkipSimplifiedLayerNormalization", n -> skip(n, false)),
                row(13, "SimplifiedLayerNormalization", n -> {
                    long h = n.from(2, 17);
                    n.of(Fill.DISTINCT, DType.F32, n.from(1, 3), n.from(1, 4), h);
                    n.of(Fill.FINITE, DType.F32, h);
                    n.agreement(SOFT).with("axis", -1).with("epsilon", n.real(1e-4, 1e-2));
                }),
                own("EmbedLayerNormalization", MicrosoftDraws::embed),
                own("Attention microsoft", MicrosoftDraws::attention),
                own("MultiHeadAttention", n -> {
                    long heads = n.from(1, 3);
                    long h = heads * n.oneOf(2, 4, 8);
                    long batch = n.from(1, 2);
                    long keys = n.from(1, 6);
                    n.of(Fill.UNIT, DType.F32, batch, n.from(1, 5), h);
                    n.of(Fill.UNIT, DType.F32, batch, keys, h);
                    n.of(Fill.UNIT, DType.F32, batch, keys, h);
                    n.agreement(SOFT).with("num_heads", heads);
                    if (n.chance(40)) {
                        n.of(Fill.UNIT, DType.F32, 3 * h);
                    }
                    if (n.chance(40)) {
                        n.with("scale", n.real(0.1, 1));
                    }
                }),
                own("RotaryEmbedding microsoft", n -> {
                    long heads = n.from(1, 3);
                    long size = 2L * n.from(1, 4);
                    long batch = n.from(1, 2);
                    long steps = n.from(1, 4);
                    n.of(Fill.UNIT, DType.F32, batch, heads, steps, size);
                    long[] at = LongStream.range(0, batch * steps)
                            .map(i -> n.from(0, 7))
                            .toArray();
                    n.fresh(Tensor.of(at, batch, steps), 50);
                    n.of(Fill.UNIT, DType.F32, 8, size / 2);
                    n.of(Fill.UNIT, DType.F32, 8, size / 2);
                    n.with("interleaved", n.from(0, 1)).agreement(Agreement.sum(2, 2));
                }),
                own("MatMulNBits", n -> {
                    long k = n.oneOf(16, 32, 48);
                    long c = n.from(1, 9);
                    long blocks = Math.ceilDiv(k, 16);
                    n.of(Fill.FINITE, DType.F32, n.from(1, 4), k);
                    n.fresh(Fill.ANY.draw(new Random(n.from(0, 999)), DType.U8, c, blocks, 8), 0);
                    n.fresh(Fill.POSITIVE.draw(new Random(n.from(0, 999)), DType.F32, c, blocks), 0);
                    n.agreement(Agreement.sum(k, 500)).with("K", k).with("N", c).with("bits", 4);
                    n.with("block_size", 16);
                }),
                own("CDist", n -> {
                    long k = n.positive();
                    n.of(Fill.FINITE, DType.F32, n.positive(), k);
                    n.of(Fill.FINITE, DType.F32, n.positive(), k);
                    n.agreement(Agreement.sum(k, 200)).with("metric", "sqeuclidean");
                }),
                own("ExpandDims", n -> {
                    Tensor x = n.any(Fill.ANY, 0, 3, DType.F32);
                    n.fresh(Tensor.scalar(DType.I32, (long) n.from(-x.rank() - 1, x.rank())), 0);
                }),
                own("Tokenizer", n -> {
                    n.fresh(Tensor.of(new String[] {n.oneOf("a b", "b", "c d e"), n.oneOf("a", "b c")}, 2), 60);
                    n.with("separators", List.of(" ")).with("pad_value", "#");
                    n.with("mark", n.from(0, 1)).with("mincharnum", 1);
                }));
    }

    private static void biased(NodeDraw n) {
        Tensor x = n.agreement(TAIL).solidAny(Fill.FINITE, 1, 4, DType.F32);
        n.of(Fill.FINITE, DType.F32, x.shape().dim(-1).extent());
    }

    private static void matMul(NodeDraw n, boolean batches) {
        long k = n.positive();
        long m = n.positive();
        long c = n.positive();
        long b = n.from(1, 3);
        int transA = n.from(0, 1);
        int transB = n.from(0, 1);
        int outerA = batches && n.chance(30) ? 1 : 0;
        n.agreement(Agreement.sum(k, 40)).with("transA", transA).with("transB", transB);
        n.with("alpha", n.real(-2, 2));
        if (outerA == 1) {
            // The batch is the second axis from the end.
            n.of(Fill.FINITE, DType.F32, transA == 1 ? new long[] {k, b, m} : new long[] {m, b, k});
            n.with("transBatchA", 1);
        } else {
            n.of(Fill.FINITE, DType.F32, transA == 1 ? new long[] {b, k, m} : new long[] {b, m, k});
        }
        n.of(Fill.FINITE, DType.F32, transB == 1 ? new long[] {b, c, k} : new long[] {b, k, c});
    }

    private static void skip(NodeDraw n, boolean centered) {
        long h = n.from(2, 17);
        long[] shape = {n.from(1, 3), n.from(1, 4), h};
        n.of(Fill.DISTINCT, DType.F32, shape);
        n.of(Fill.UNIT, DType.F32, shape);
        n.of(Fill.FINITE, DType.F32, h);
        if (centered && n.chance(60)) {
            n.of(Fill.FINITE, DType.F32, h);
        }
        n.agreement(SOFT).with("epsilon", n.real(1e-4, 1e-2));
    }

    private static void embed(NodeDraw n) {
        long batch = n.from(1, 3);
        long steps = n.from(1, 5);
        long h = n.from(2, 9);
        n.fresh(ids(n, 7, batch, steps), 60);
        n.fresh(ids(n, 2, batch, steps), 60);
        n.of(Fill.FINITE, DType.F32, 7, h);
        n.of(Fill.FINITE, DType.F32, 5, h);
        n.of(Fill.FINITE, DType.F32, 2, h);
        n.of(Fill.FINITE, DType.F32, h);
        n.of(Fill.FINITE, DType.F32, h);
        n.agreement(SOFT).with("epsilon", n.real(1e-4, 1e-2)).outputs(2);
    }

    private static Tensor ids(NodeDraw n, int below, long... shape) {
        Tensor t = Tensor.zeros(DType.I32, shape);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, (long) n.from(0, below - 1));
        }
        return t;
    }

    private static void attention(NodeDraw n) {
        long heads = n.from(1, 3);
        long h = heads * n.oneOf(2, 4);
        long in = n.from(1, 9);
        n.of(Fill.UNIT, DType.F32, n.from(1, 2), n.from(1, 5), in);
        n.of(Fill.UNIT, DType.F32, in, 3 * h);
        n.of(Fill.UNIT, DType.F32, 3 * h);
        n.agreement(SOFT).with("num_heads", heads).with("unidirectional", n.from(0, 1));
    }
}
