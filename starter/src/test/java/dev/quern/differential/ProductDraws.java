package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.row;

import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/// Sums of products: matrices and convolutions.
final class ProductDraws {
    private ProductDraws() {}

    static List<OperatorDraw> rows() {
        List<OperatorDraw> rows = new ArrayList<>();
        rows.addAll(matrices());
        rows.addAll(convolutions());
        return rows;
    }

    private static List<OperatorDraw> matrices() {
        return List.of(
                row(7, "MatMul", n -> matMul(n, n.type(DType.F32, DType.F64, DType.F16))),
                row(9, "MatMul integers", n -> matMul(n, n.type(DType.I32, DType.I64, DType.U32, DType.U64))),
                row(7, "MatMul vectors", n -> {
                    // Empty sums of vectors and of integers are not written by ONNX Runtime.
                    long k = n.positive();
                    n.agreement(Agreement.sum(k, 20));
                    n.of(Fill.FINITE, DType.F32, n.oneOf(new long[] {k}, new long[] {n.extent(), k}, new long[] {
                        2, n.positive(), k
                    }));
                    n.of(Fill.FINITE, DType.F32, n.oneOf(new long[] {k}, new long[] {k, n.extent()}, new long[] {
                        2, k, n.positive()
                    }));
                }),
                row(7, "Gemm", n -> {
                    DType dtype = n.type(DType.F32, DType.F64, DType.F16);
                    long m = n.extent();
                    // Of an empty sum ONNX Runtime gives C without beta.
                    long k = n.positive();
                    long c = n.extent();
                    int transA = n.from(0, 1);
                    int transB = n.from(0, 1);
                    n.agreement(Agreement.sum(k, 20));
                    n.of(Fill.FINITE, dtype, transA == 1 ? new long[] {k, m} : new long[] {m, k});
                    n.of(Fill.FINITE, dtype, transB == 1 ? new long[] {c, k} : new long[] {k, c});
                    if (n.opset() < 11 || n.chance(70)) {
                        n.of(
                                Fill.FINITE,
                                dtype,
                                n.oneOf(
                                        new long[] {m, c},
                                        new long[] {c},
                                        new long[] {m, 1},
                                        new long[] {1, c},
                                        new long[0]));
                    }
                    n.with("transA", transA).with("transB", transB);
                    if (n.chance(50)) {
                        n.with("alpha", n.real(-2, 2)).with("beta", n.real(-2, 2));
                    }
                }),
                row(12, "Einsum", n -> {
                    String equation = n.oneOf(
                            "ij,jk->ik",
                            "bij,bjk->bik",
                            "ij,kj->ik",
                            "i,j->ij",
                            "ij->ji",
                            "ii->i",
                            "ij->",
                            "ij->j",
                            "bhid,bhjd->bhij",
                            "...ij,...jk->...ik",
                            "ij,ij->i",
                            "ijk,k",
                            "ij,j->i",
                            "bij,bj->bi");
                    long[] extents = LongStream.generate(n::positive).limit(26).toArray();
                    n.agreement(Agreement.sum(400, 20)).with("equation", equation);
                    for (String term : equation.split("->")[0].split(",")) {
                        LongStream rest = term.replace(".", "").chars().mapToLong(c -> extents[c - 'a'] % 6);
                        n.of(
                                Fill.FINITE,
                                DType.F32,
                                term.startsWith(".")
                                        ? LongStream.concat(LongStream.of(2), rest)
                                                .toArray()
                                        : rest.toArray());
                    }
                }),
                row(10, "MatMulInteger", n -> {
                    // ONNX Runtime leaves empty sums unwritten and, without VNNI, adds large products of u8
                    // and i8
                    // with saturation.
                    long k = n.positive();
                    DType a = n.oneOf(DType.U8, DType.I8);
                    DType b = n.oneOf(DType.U8, DType.I8);
                    n.of(Fill.FINITE, a, n.extent(), k);
                    n.of(Fill.FINITE, b, k, n.extent());
                    if (n.chance(60)) {
                        n.of(Fill.FINITE, a);
                        n.of(Fill.FINITE, b);
                    }
                }));
    }

    private static void matMul(NodeDraw n, DType dtype) {
        long k = dtype.isFloat() ? n.extent() : n.positive();
        long m = n.extent();
        long c = n.extent();
        long batch = n.from(1, 3);
        n.agreement(Agreement.sum(k, 20));
        // Batches of empty sums do not broadcast in ONNX Runtime.
        long[] a = {m, k};
        long[] b = {k, c};
        n.of(Fill.FINITE, dtype, k == 0 ? a : n.oneOf(a, new long[] {batch, m, k}, new long[] {2, 1, m, k}));
        n.of(Fill.FINITE, dtype, k == 0 ? b : n.oneOf(b, new long[] {batch, k, c}, new long[] {1, k, c}));
    }

    private static List<OperatorDraw> convolutions() {
        return List.of(
                row(7, "Conv", n -> conv(n, n.type(DType.F32, DType.F64, DType.F16), false)),
                row(7, "Conv auto_pad", n -> conv(n, DType.F32, true)),
                row(7, "ConvTranspose", n -> convTranspose(n, false)),
                row(7, "ConvTranspose auto_pad", n -> convTranspose(n, true)),
                row(10, "ConvInteger", n -> {
                    int groups = n.from(1, 2);
                    long in = n.from(1, 3);
                    n.of(Fill.ANY, DType.U8, n.from(1, 2), in * groups, n.from(3, 7), n.from(3, 7));
                    DType w = n.oneOf(DType.U8, DType.I8);
                    n.of(Fill.ANY, w, (long) groups * n.from(1, 3), in, n.from(1, 3), n.from(1, 3));
                    if (n.chance(60)) {
                        n.of(Fill.FINITE, DType.U8);
                        if (n.chance(60)) {
                            n.of(Fill.FINITE, w);
                        }
                    }
                    n.with("group", groups);
                }));
    }

    /// Window attributes in that many dims; the spatial extents that make sense of them.
    static long[] window(NodeDraw n, long[] kernel, boolean auto, boolean dilated) {
        int rank = kernel.length;
        long[] dilations = LongStream.generate(() -> dilated && n.chance(25) ? 2 : 1)
                .limit(rank)
                .toArray();
        long[] spatial = new long[rank];
        for (int i = 0; i < rank; i++) {
            spatial[i] = (kernel[i] - 1) * dilations[i] + 1 + n.from(0, rank > 2 ? 3 : 9);
        }
        if (dilated) {
            n.with("dilations", dilations);
        }
        if (n.chance(60)) {
            n.with(
                    "strides",
                    LongStream.generate(() -> n.from(1, 3)).limit(rank).toArray());
        }
        if (auto) {
            n.with("auto_pad", n.oneOf("SAME_UPPER", "SAME_LOWER", "VALID"));
        } else if (n.chance(60)) {
            long[] pads = new long[2 * rank];
            Arrays.setAll(pads, i -> n.from(0, (int) Math.min(2, kernel[i % rank] - 1)));
            n.with("pads", pads);
        }
        return spatial;
    }

    static long[] kernel(NodeDraw n) {
        return LongStream.generate(() -> n.from(1, 4))
                .limit(n.oneOf(1, 2, 2, 2, 3))
                .toArray();
    }

    static long[] join(long a, long b, long... rest) {
        return LongStream.concat(LongStream.of(a, b), LongStream.of(rest)).toArray();
    }

    private static void conv(NodeDraw n, DType dtype, boolean auto) {
        long[] kernel = kernel(n);
        int groups = n.oneOf(1, 1, 2, 3, 5);
        long in = n.oneOf(1, 2, 3, 8);
        long out = n.oneOf(1, 2, 4, 9);
        long[] spatial = window(n, kernel, auto, !auto);
        n.agreement(Agreement.sum(in * 64, 20));
        n.of(Fill.FINITE, dtype, join(n.from(1, 3), in * groups, spatial));
        n.of(Fill.FINITE, dtype, join(out * groups, in, kernel));
        if (n.chance(60)) {
            n.of(Fill.FINITE, dtype, out * groups);
        }
        n.with("group", groups);
        if (n.chance(50)) {
            n.with("kernel_shape", kernel);
        }
    }

    private static void convTranspose(NodeDraw n, boolean auto) {
        // With auto_pad and a kernel shorter than its stride ONNX Runtime gives less than the standard says.
        long[] kernel =
                Arrays.stream(kernel(n)).map(k -> auto ? Math.max(3, k) : k).toArray();
        int groups = n.oneOf(1, 1, 2, 3);
        long in = n.oneOf(1, 2, 3, 8);
        long out = n.oneOf(1, 2, 4, 9);
        long[] spatial = window(n, kernel, auto, !auto);
        n.agreement(Agreement.sum(in * 64, 20));
        n.of(Fill.FINITE, DType.F32, join(n.from(1, 2), in * groups, spatial));
        n.of(Fill.FINITE, DType.F32, join(in * groups, out, kernel));
        if (n.chance(60)) {
            n.of(Fill.FINITE, DType.F32, out * groups);
        }
        n.with("group", groups);
    }
}
