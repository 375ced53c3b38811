package dev.quern.op;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel.Combine;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// A cache with new elements: operand 1 takes the place of as many positions of operand 0 along `axis`, from the one on
/// that operand 2, `i64[B]`, says for each entry of axis 0 (from 0 on without operand 2). Where `circular`, positions
/// past the end start again at 0. ONNX TensorScatter, opset 24.
public record TensorScatter(int axis, boolean circular) implements CompositeOp {

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Formula f = new Formula(g);
        Value cache = in.get(0);
        int at = Shape.axis(axis, cache.rank());
        Value first = in.size() > 2
                ? f.unsqueeze(in.get(2), LongStream.range(1, cache.rank()).toArray())
                : g.scalar(DType.I64, 0);
        Value places = g.apply(new Places(at, circular), in.get(1), first, f.dim(cache, at));
        return List.of(g.apply(new Scattering.ScatterElements(at, Combine.REPLACE), cache, places, in.get(1)));
    }

    /// For each element of operand 0, its position along `axis` counted from operand 1 on, and, where `circular`,
    /// modulo operand 2; the last two are `i64`.
    record Places(int axis, boolean circular) implements ElementwiseOp {
        @Override
        public int arity() {
            return 3;
        }

        @Override
        public Expr define(List<Expr> args) {
            Expr place = Expr.index(axis).plus(args.get(1));
            return circular ? place.apply(BinaryFn.MOD, args.get(2)) : place;
        }
    }

    static Stream<Example> examples() {
        Example.Operand first = Example.fixed(Tensor.of(new long[] {3, 1}, 2));
        Example.Operand size = Example.fixed(Tensor.of(new long[] {4}, 1));
        Example.Operand firsts = Example.fixed(Tensor.of(new long[] {3, 1}, 2, 1));
        return Stream.of(
                Example.of(new TensorScatter(-2, true), Example.f32(2, 3, 4, 2), Example.f32(2, 3, 2, 2), first),
                Example.of(new TensorScatter(1, false), Example.f32(2, 5), Example.f32(2, 2), first),
                Example.of(new TensorScatter(1, false), Example.f32(2, 5), Example.f32(2, 3)),
                Example.of(new Places(1, true), Example.f32(2, 3), firsts, size),
                Example.of(new Places(1, false), Example.f32(2, 3), firsts, size));
    }
}
