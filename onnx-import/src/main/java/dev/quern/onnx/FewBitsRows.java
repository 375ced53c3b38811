package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;

import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Formula;
import dev.quern.op.Indexing;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;

/// Weights of few bits, in blocks with a scale each, as ONNX Runtime's quantiser packs them.
final class FewBitsRows {
    /// What the codes of bitsandbytes' two types of 4 bits stand for (Dettmers et al. 2023, QLoRA, appendix E).
    private static final float[] FP4 = {
        0,
        0.0052083333f,
        0.66666667f,
        1,
        0.33333333f,
        0.5f,
        0.16666667f,
        0.25f,
        0,
        -0.0052083333f,
        -0.66666667f,
        -1,
        -0.33333333f,
        -0.5f,
        -0.16666667f,
        -0.25f
    };

    private static final float[] NF4 = {
        -1,
        -0.69619280f,
        -0.52507305f,
        -0.39491749f,
        -0.28444138f,
        -0.18477343f,
        -0.091050036f,
        0,
        0.079580299f,
        0.16093020f,
        0.24611230f,
        0.33791524f,
        0.44070983f,
        0.56261700f,
        0.72295684f,
        1
    };

    private FewBitsRows() {}

    static List<Row> rows() {
        return List.of(
                microsoft("MatMulNBits", FewBitsRows::productOfFewBits),
                microsoft("MatMulBnb4", FewBitsRows::productByCode),
                microsoft("GatherBlockQuantized", FewBitsRows::gathered));
    }

    private static Formula formula(NodeImport n) {
        return new Formula(n.builder());
    }

    /// A · Wᵀ for W `[N,K]` in blocks along K: integers of few bits, packed in bytes from the lowest bit on, with a
    /// scale and a zero point for each block.
    private static List<Value> productOfFewBits(NodeImport n) {
        Formula f = formula(n);
        Value a = n.in(0);
        long bits = n.integer("bits", 4);
        long size = n.integer("block_size", 32);
        long rows = n.integer("N", 0);
        long columns = n.integer("K", 0);
        long blocks = Math.ceilDiv(columns, size);
        if (bits != 2 && bits != 4 && bits != 8) {
            throw new UnsupportedNodeException("bits must be 2, 4 or 8, not " + bits);
        }
        if (n.has(4)) {
            throw new UnsupportedNodeException("g_idx is not supported");
        }
        Value q = f.reshape(unpacked(f, n.in(1), bits), rows, blocks, -1);
        Value zeros = n.optional(3)
                .map(z -> z.dtype() == DType.U8 ? zeroPoints(f, z, bits, rows, blocks) : f.reshape(z, rows, blocks, 1))
                .orElseGet(() -> n.scalar(a.dtype(), 1L << bits - 1));
        Value centred = f.sub(f.cast(q, a.dtype()), f.cast(zeros, a.dtype()));
        Value blocked = f.mul(centred, f.reshape(n.in(2), rows, blocks, 1));
        Value w = f.slice(f.reshape(blocked, rows, -1), 1, 0, columns);
        Value y = f.matMul(a, f.transpose(w, 1, 0));
        return n.has(5) ? n.result(Arithmetic.ADD, y, n.in(5)) : List.of(y);
    }

    private static Value zeroPoints(Formula f, Value packed, long bits, long rows, long blocks) {
        Value each = f.reshape(unpacked(f, f.reshape(packed, rows, -1), bits), rows, -1);
        return f.reshape(f.slice(each, 1, 0, blocks), rows, blocks, 1);
    }

    /// Bytes as the numbers of `bits` bits that they hold, along a new last axis.
    private static Value unpacked(Formula f, Value bytes, long bits) {
        int count = (int) (8 / bits);
        byte[] shifts = new byte[count];
        for (int i = 0; i < count; i++) {
            shifts[i] = (byte) (i * bits);
        }
        Value by = f.g().constant(Tensor.wrap(DType.U8, shifts, count));
        Value shifted = f.g().apply(new Arithmetic.BitShift(false), f.unsqueeze(bytes, bytes.rank()), by);
        return f.g().apply(Arithmetic.BITWISE_AND, shifted, f.g().constant(Tensor.scalar(DType.U8, (1L << bits) - 1)));
    }

    /// A · Wᵀ, or A · W, for W `[N,K]` in codes of 4 bits, the higher ones of a byte first, and one scale for each
    /// block of its elements.
    private static List<Value> productByCode(NodeImport n) {
        Formula f = formula(n);
        Value a = n.in(0);
        long rows = n.integer("N", 0);
        long columns = n.integer("K", 0);
        long size = n.integer("block_size", 0);
        long elements = rows * columns;
        long blocks = Math.ceilDiv(elements, size);
        float[] book = n.integer("quant_type", 0) == 0 ? FP4 : NF4;
        Value halves = unpacked(f, n.in(1), 4);
        Value high = f.concat(1, f.slice(halves, 1, 1, 2), f.slice(halves, 1, 0, 1));
        Value codes = f.slice(f.reshape(f.cast(high, DType.I32), -1), 0, 0, elements);
        Value numbers = f.gather(f.cast(n.constant(Tensor.of(book, book.length)), a.dtype()), 0, codes);
        Value each = f.expand(f.reshape(n.in(2), blocks, 1), n.longs(blocks, size));
        Value scales = f.slice(f.reshape(each, -1), 0, 0, elements);
        Value w = f.reshape(f.mul(numbers, scales), rows, columns);
        return List.of(f.matMul(a, n.flag("transB", true) ? f.transpose(w, 1, 0) : w));
    }

    /// Slices of a quantised table as floats: only what is gathered is unpacked.
    private static List<Value> gathered(NodeImport n) {
        Formula f = formula(n);
        Value data = n.in(0);
        Value scales = n.in(2);
        int gatherAxis = data.shape().axis(n.integer("gather_axis", 0));
        int quantAxis = data.shape().axis(n.integer("quantize_axis", 1));
        long block = n.integer("block_size", 128);
        long bits = data.dtype() == DType.U8 ? n.integer("bits", 4) : 8;
        if (gatherAxis == quantAxis || data.dtype().isFloat()) {
            throw new UnsupportedNodeException("data must be integers, gathered along another axis than quantize_axis");
        }
        Indexing along = new Indexing.Gather(gatherAxis);
        int shift = n.in(1).rank() - 1;
        int axis = quantAxis + (quantAxis > gatherAxis ? shift : 0);
        Value rows = wide(f, n.apply(along, data, n.in(1)), bits);
        Value zeros = n.optional(3)
                .map(z -> wide(f, n.apply(along, z, n.in(1)), bits))
                .orElseGet(() -> n.scalar(DType.I32, data.dtype() == DType.U8 ? 1L << bits - 1 : 0));
        Value scale = n.apply(along, scales, n.in(1));
        Value count = f.dim(rows, axis);
        Value each = n.has(3) ? Blocks.spread(f, first(f, zeros, scale, axis), axis, block, count) : zeros;
        Value numbers = f.cast(f.sub(f.cast(rows, DType.I32), f.cast(each, DType.I32)), scales.dtype());
        return n.result(Arithmetic.MUL, numbers, Blocks.spread(f, scale, axis, block, count));
    }

    /// As many along `axis` as `like` has: unpacked, there may be more than were packed.
    private static Value first(Formula f, Value v, Value like, int axis) {
        return f.g().apply(new Arranging.Slice(), v, f.g().longs(0), f.dim(like, axis), f.g().longs(axis));
    }

    /// Numbers of `bits` bits, which are packed along the last axis.
    private static Value wide(Formula f, Value packed, long bits) {
        if (bits == 8) {
            return packed;
        }
        Value apart = unpacked(f, packed, bits);
        return f.reshape(apart, f.concat(0, f.dims(packed, 0, packed.rank() - 1), f.g().longs(-1)));
    }
}
