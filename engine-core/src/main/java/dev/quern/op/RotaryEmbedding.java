package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.ShapeException;
import java.util.List;
import java.util.stream.Stream;

/// Pairs of features rotated by angles that grow with the position. ONNX RotaryEmbedding, opset 23; Su et al., 2021.
///
/// Operands: X `[B,H,S,D]`, or packed `[B,S,H·D]`; cosines and sines `[B,S,R/2]`, or, with positions `i64[B,S]` as
/// operand 3, tables `[positions,R/2]`. The first R features of a head are rotated, all where `rotated` is 0; pairs are
/// neighbours where `interleaved`, else an element of the first half and one of the second. Tables may be made for
/// whole heads, as ONNX 1.18 had them in its own cases: the first R/2 columns count.
///
/// @param heads the number of heads of a packed operand
public record RotaryEmbedding(int heads, int rotated, boolean interleaved) implements CompositeOp {

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Formula f = new Formula(g);
        Value x = in.get(0);
        boolean packed = x.rank() == 3;
        if (packed ? heads < 1 : x.rank() != 4) {
            throw new ShapeException(
                    "the operand must have 4 axes, or 3 and a number of heads, not " + x.type() + " and " + heads);
        }
        Value apart = packed ? f.reshape(x, 0, 0, heads, -1) : x;
        Value turned = rotated == 0 ? apart : f.slice(apart, 3, 0, rotated);
        Value cos = angles(f, in, 1, packed ? 2 : 1);
        Value sin = angles(f, in, 2, packed ? 2 : 1);
        List<Value> halves = interleaved
                ? List.of(f.every(turned, 3, 0, 2), f.every(turned, 3, 1, 2))
                : g.apply(new Joining.Split(3, 2), List.of(turned));
        Value a = f.sub(f.mul(cos, halves.get(0)), f.mul(sin, halves.get(1)));
        Value b = f.add(f.mul(sin, halves.get(0)), f.mul(cos, halves.get(1)));
        Value result = interleaved
                ? g.apply(new Shaping.ReshapeLike(), f.concat(4, f.unsqueeze(a, 4), f.unsqueeze(b, 4)), turned)
                : f.concat(3, a, b);
        Value whole = rotated == 0 ? result : f.concat(3, result, f.slice(apart, 3, rotated, Long.MAX_VALUE));
        return List.of(g.apply(new Shaping.ReshapeLike(), whole, x));
    }

    /// Cosines or sines, with an axis that stands for all heads.
    private Value angles(Formula f, List<Value> in, int at, int headAxis) {
        Value whole = in.get(at);
        Value table = rotated == 0 ? whole : f.slice(whole, whole.rank() - 1, 0, rotated / 2);
        return f.unsqueeze(in.size() > 3 ? f.gather(table, 0, in.get(3)) : table, headAxis);
    }

    static Stream<Example> examples() {
        Example.Operand table = Example.f32(6, 2).in(-1, 1);
        Example.Operand each = Example.f32(2, 3, 2).in(-1, 1);
        return Stream.of(
                Example.of(
                        new RotaryEmbedding(0, 0, false),
                        Example.f32(2, 2, 3, 4),
                        table,
                        table,
                        Example.indices(6, 2, 3)),
                Example.of(new RotaryEmbedding(2, 0, true), Example.f32(2, 3, 8), each, each),
                Example.of(new RotaryEmbedding(0, 4, true), Example.f32(2, 2, 3, 7), each, each),
                Example.of(new RotaryEmbedding(0, 2, false), Example.f32(2, 2, 3, 4), each, each),
                Example.of(new RotaryEmbedding(2, 4, false), Example.f32(2, 3, 10), each, each));
    }
}
