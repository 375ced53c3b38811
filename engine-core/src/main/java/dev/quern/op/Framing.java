package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Operators that choose which positions of an axis are seen, made of pads and gathers.
public sealed interface Framing extends CompositeOp {

    /// Operand 0 cut or padded with zeros, evenly on both sides, to the extents that operand 1 lists for `axes`
    /// (for all, where empty); what is odd goes to the end. ONNX CenterCropPad, opset 18.
    record CenterCropPad(List<Integer> axes) implements Framing {
        public CenterCropPad {
            axes = List.copyOf(axes);
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1);
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = in.get(0);
            int[] at = axes.isEmpty() ? Axes.all(x.rank()) : Axes.of(axes, x.rank());
            Value listed =
                    g.longs(LongStream.range(0, at.length).map(i -> at[(int) i]).toArray());
            Value have = g.apply(new Indexing.Gather(0), g.apply(new ShapeQueries.ShapeOf(), x), listed);
            Value want = g.apply(new Casting.Cast(DType.I64), in.get(1));
            Value more = g.apply(Arithmetic.SUB, want, have);
            Value before = g.apply(Arithmetic.DIV, more, g.scalar(DType.I64, 2));
            Value pads = g.apply(new Joining.Concat(0), before, g.apply(Arithmetic.SUB, more, before));
            Value zero = g.constant(Tensor.zeros(x.dtype()));
            return List.of(g.apply(new Padding.Pad(Padding.Mode.CONSTANT), x, pads, zero, listed));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new CenterCropPad(List.of()), Example.f32(5, 2), Example.longs(2, 5)),
                    Example.of(new CenterCropPad(List.of(-1, 0)), Example.f32(5, 2, 4), Example.longs(7, 4)));
        }
    }

    /// For each entry i of the batch axis, the first `lengths[i]` (operand 1) positions of the time axis in
    /// reverse, the rest as they are. ONNX ReverseSequence, opset 10.
    record ReverseSequence(int timeAxis, int batchAxis) implements Framing {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = in.get(0);
            int time = Shape.axis(timeAxis, x.rank());
            int batch = Shape.axis(batchAxis, x.rank());
            long[] others =
                    LongStream.range(0, x.rank()).filter(i -> i != batch).toArray();
            Value lengths = g.apply(new Shaping.Unsqueeze(), in.get(1), g.longs(others));
            Value from = g.apply(new Reversed(time), x, lengths);
            return List.of(g.apply(new Indexing.GatherElements(time), x, from));
        }

        static Stream<Example> examples() {
            Example.Operand lengths = Example.fixed(Tensor.of(new long[] {1, 4, 2}, 3));
            return Stream.of(
                    Example.of(new ReverseSequence(0, 1), Example.f32(4, 3, 2), lengths),
                    Example.of(new ReverseSequence(1, 0), Example.f32(3, 4), lengths));
        }
    }

    /// For each element of operand 0, its position along `axis` after the first positions, as many as operand 1
    /// says, were reversed (`i64`).
    record Reversed(int axis) implements ElementwiseOp {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Expr define(List<Expr> args) {
            Expr at = Expr.index(axis);
            Expr length = args.get(1).castTo(DType.I64);
            return Expr.select(at.lt(length), length.minus(1).minus(at), at);
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(new Reversed(1), Example.f32(2, 5), Example.indices(6, 2, 1)));
        }
    }
}
