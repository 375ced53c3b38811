package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Example;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Dropout in training (Srivastava et al., 2014; ONNX Dropout with training_mode, opset 22): each element of
/// operand 0 is 0 with probability `ratio`, else divided by 1 − ratio. Which, follows from the seed, operand 1
/// (a scalar i64 that changes from step to step), the attribute `seed` (different for each node) and the
/// element's position: the gradient draws the same mask again instead of storing it.
public sealed interface RandomDropout extends ElementwiseOp {

    double ratio();

    long seed();

    @Override
    default int arity() {
        return 2;
    }

    @Override
    default List<DType> dtypes(Operands in) {
        in.requireSize(2, 2);
        in.require(1, DType.I64);
        return ElementwiseOp.super.dtypes(in);
    }

    private static Expr kept(RandomDropout op, Expr seed) {
        Expr drawn = Noise.uniform(DType.F32, seed, op.seed());
        return drawn.ge(drawn.like(op.ratio()));
    }

    /// The elements that survive, scaled.
    record Masked(double ratio, long seed) implements RandomDropout {
        @Override
        public Expr define(List<Expr> args) {
            Expr x = args.get(0);
            double scale = ratio < 1 ? 1 / (1 - ratio) : 0;
            return Expr.select(kept(this, args.get(1)), x.times(scale), x.like(0));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Masked(0.5, 1), Example.f32(5, 7), step(3)),
                    Example.of(new Masked(0.1f, 2), Example.f32(40), step(4)),
                    Example.of(new Masked(1, 2), Example.f32(4), step(4)));
        }
    }

    /// Which elements survive, as `bool`; operand 0 gives only the shape.
    record Mask(double ratio, long seed) implements RandomDropout {
        @Override
        public Expr define(List<Expr> args) {
            return kept(this, args.get(1));
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }

        @Override
        public Set<Integer> likeOperands() {
            return Set.of(0);
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(new Mask(0.5, 1), Example.f32(5, 7), step(3)));
        }
    }

    private static Example.Operand step(long step) {
        return Example.fixed(Tensor.scalar(DType.I64, step));
    }
}
