package dev.quern.op;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import java.util.Arrays;

/// Arithmetic on the values of a graph, in which composites and importers write formulas. Each method adds the node of
/// the same name; numbers become constants of the operand's type.
public record Formula(GraphBuilder g) {

    public Value add(Value a, Value b) {
        return g.apply(Arithmetic.ADD, a, b);
    }

    public Value add(Value a, double b) {
        return add(a, g.scalar(a.dtype(), b));
    }

    public Value sub(Value a, Value b) {
        return g.apply(Arithmetic.SUB, a, b);
    }

    public Value mul(Value a, Value b) {
        return g.apply(Arithmetic.MUL, a, b);
    }

    public Value mul(Value a, double b) {
        return mul(a, g.scalar(a.dtype(), b));
    }

    public Value div(Value a, Value b) {
        return g.apply(Arithmetic.DIV, a, b);
    }

    public Value div(Value a, double b) {
        return div(a, g.scalar(a.dtype(), b));
    }

    public Value less(Value a, Value b) {
        return g.apply(Logic.LESS, a, b);
    }

    public Value equal(Value a, double b) {
        return g.apply(Logic.EQUAL, a, g.scalar(a.dtype(), b));
    }

    /// `yes` where the condition holds, else `no`.
    public Value where(Value condition, Value yes, Value no) {
        return g.apply(Logic.WHERE, condition, yes, no);
    }

    public Value where(Value condition, Value yes, double no) {
        return where(condition, yes, g.scalar(yes.dtype(), no));
    }

    public Value where(Value condition, double yes, Value no) {
        return where(condition, g.scalar(no.dtype(), yes), no);
    }

    public Value matMul(Value a, Value b) {
        return g.apply(new Products.MatMul(), a, b);
    }

    /// `v` as `dtype`, which it may be already.
    public Value cast(Value v, DType dtype) {
        return v.dtype() == dtype ? v : g.apply(new Casting.Cast(dtype), v);
    }

    /// The integers of `to` nearest to `v`, the even one of two; what is out of range becomes the lowest or
    /// highest.
    public Value nearest(Value v, DType to) {
        Value low = g.scalar(v.dtype(), Arithmetic.lowest(to).getDouble(0));
        Value high = g.scalar(v.dtype(), Arithmetic.highest(to).getDouble(0));
        return cast(g.apply(Arithmetic.CLIP, g.apply(Arithmetic.ROUND, v), low, high), to);
    }

    /// Under other dims: −1 for the one that follows, 0 for the operand's at the same place.
    public Value reshape(Value v, long... dims) {
        return reshape(v, g.longs(dims));
    }

    /// Under the dims of an `i64` vector, with −1 and 0 as above.
    public Value reshape(Value v, Value dims) {
        return g.apply(new Shaping.Reshape(), v, dims);
    }

    public Value unsqueeze(Value v, long... axes) {
        return g.apply(new Shaping.Unsqueeze(), v, g.longs(axes));
    }

    public Value squeeze(Value v, long... axes) {
        return g.apply(new Shaping.Squeeze(), v, g.longs(axes));
    }

    public Value expand(Value v, Value dims) {
        return g.apply(new Arranging.Expand(), v, dims);
    }

    public Value transpose(Value v, int... perm) {
        return g.apply(new Arranging.Transpose(perm), v);
    }

    /// With the last two axes swapped.
    public Value lastTwoSwapped(Value v) {
        return g.apply(Arranging.Transpose.lastTwo(v.rank()), v);
    }

    /// Positions `from` to `to` (exclusive) of an axis; both may count from the end.
    public Value slice(Value v, int axis, long from, long to) {
        return g.apply(new Arranging.Slice(), v, g.longs(from), g.longs(to), g.longs(axis));
    }

    /// Every `step`th position of an axis, from `from` on.
    public Value every(Value v, int axis, long from, long step) {
        return g.apply(new Arranging.Slice(), v, g.longs(from), g.longs(Long.MAX_VALUE), g.longs(axis), g.longs(step));
    }

    public Value concat(int axis, Value... parts) {
        return g.apply(new Joining.Concat(axis), parts);
    }

    /// Slices of `v` along `axis`, one for each index.
    public Value gather(Value v, int axis, Value indices) {
        return g.apply(new Indexing.Gather(axis), v, indices);
    }

    /// The extents of axes `from` to `to` (exclusive), an `i64` vector.
    public Value dims(Value v, int from, int to) {
        return g.apply(new ShapeQueries.ShapeOf(from, to), v);
    }

    /// The extent of an axis, counted from 0, as an `i64` vector of one.
    public Value dim(Value v, int axis) {
        return dims(v, axis, axis + 1);
    }

    /// Extents one after another: of each value that is a vector already, the vector.
    public Value shape(Value... vectors) {
        return concat(0, vectors);
    }

    /// Combined along `axes`, which stay with extent 1.
    public Value reduce(Reduce.Kind kind, Value v, long... axes) {
        return g.apply(new Reduce(kind, true), v, g.longs(axes));
    }

    /// Padded with `value` by as much as the `i64` vectors say before and after the positions of one axis.
    public Value pad(Value v, int axis, Value before, Value after, double value) {
        Value fill = g.scalar(v.dtype(), value);
        return g.apply(new Padding.Pad(Padding.Mode.CONSTANT), v, shape(before, after), fill, g.longs(axis));
    }

    /// [B, S, H·D] as [B, H, S, D].
    public Value heads(Value v, long heads) {
        return transpose(reshape(v, 0, 0, heads, -1), 0, 2, 1, 3);
    }

    /// [B, H, S, D] as [B, S, H·D].
    public Value packed(Value v) {
        return reshape(transpose(v, 0, 2, 1, 3), 0, 0, -1);
    }

    /// The product of all of `factors`.
    Value product(Value... factors) {
        return Arrays.stream(factors).reduce(this::mul).orElseThrow();
    }
}
