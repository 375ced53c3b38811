package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Example;
import dev.quern.graph.Operands;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Random tensors. The same seed gives the same numbers, on every backend and in every run; an importer picks a
/// seed for each node that has none.
public sealed interface Randoms extends MapOp {

    /// What a number is drawn from.
    sealed interface Distribution {
        Expr sample(DType type, Expr seed);
    }

    /// Uniform in [low, high).
    record Uniform(double low, double high) implements Distribution {
        @Override
        public Expr sample(DType type, Expr seed) {
            DType compute = type.computeType();
            Expr unit = Noise.uniform(type, seed, 0).castTo(compute);
            return unit.times(high - low).plus(low).castTo(type);
        }
    }

    /// Normal with this mean and standard deviation.
    record Normal(double mean, double scale) implements Distribution {
        @Override
        public Expr sample(DType type, Expr seed) {
            DType compute = type.computeType();
            return Noise.normal(compute, seed, 0).times(scale).plus(mean).castTo(type);
        }
    }

    /// A tensor of random numbers of fixed shape, without operands. ONNX RandomUniform and RandomNormal, opset
    /// 22.
    record Random(DType dtype, Shape shape, Distribution distribution, long seed) implements Randoms {
        @Override
        public String name() {
            return randomName(distribution);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(0, 0);
            return List.of(requireFloat(dtype));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            return List.of(shape);
        }

        @Override
        public Loop loop(List<View> in, DType type, int... dims) {
            return Loop.of(distribution.sample(type, Expr.constant(DType.I64, seed)));
        }

        static Stream<Example> examples() {
            Shape shape = Shape.of(3, 17);
            return Stream.of(
                    Example.of(new Random(DType.F32, shape, new Uniform(-1, 3), 42)),
                    Example.of(new Random(DType.F64, shape, new Normal(0, 1), 43)),
                    Example.of(new Random(DType.F16, shape, new Uniform(0, 1), 44)),
                    Example.of(new Random(DType.F32, Shape.of(0, 2), new Normal(5, 2), 45)));
        }
    }

    /// A tensor of random numbers with the dims of operand 0; operand 1, where there is one, is the seed (a
    /// scalar i64) and is added to the attribute. ONNX RandomUniformLike and RandomNormalLike, opset 22.
    record RandomLike(DType dtype, Distribution distribution, long seed) implements Randoms {
        @Override
        public String name() {
            return randomName(distribution) + "Like";
        }

        @Override
        public Set<Integer> likeOperands() {
            return Set.of(0);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(1, 2);
            if (in.size() == 2) {
                in.require(1, DType.I64);
            }
            return List.of(requireFloat(dtype));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            return List.of(in.shape(0));
        }

        @Override
        public Loop loop(List<View> in, DType type, int... dims) {
            Expr fixed = Expr.constant(DType.I64, seed);
            if (in.size() == 1) {
                return Loop.of(distribution.sample(type, fixed));
            }
            return Loop.of(
                    distribution.sample(type, Expr.arg(0, DType.I64).plus(fixed)),
                    in.get(1).expand(dims));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new RandomLike(DType.F32, new Uniform(0, 1), 7), Example.operand(DType.I32, 2, 9)),
                    Example.of(
                            new RandomLike(DType.F32, new Normal(1, 2), 8),
                            Example.f32(33),
                            Example.fixed(Tensor.scalar(DType.I64, 5))));
        }
    }

    /// 1 with the probability that operand 0 gives for each element, else 0. ONNX Bernoulli, opset 22.
    record Bernoulli(DType dtype, long seed) implements Randoms {
        @Override
        public boolean isDifferentiable() {
            return false;
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(1, 1);
            requireFloat(in.dtype(0));
            return List.of(dtype);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            return List.of(in.shape(0));
        }

        @Override
        public Loop loop(List<View> in, DType type, int... dims) {
            Expr p = Expr.arg(0, in.getFirst().dtype());
            Expr drawn = Noise.uniform(p.dtype(), Expr.constant(DType.I64, seed), 0);
            return Loop.of(drawn.lt(p).castTo(type), in.getFirst());
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Bernoulli(DType.F32, 3), Example.f32(5, 5).in(0, 1)),
                    Example.of(
                            new Bernoulli(DType.I64, 4),
                            Example.operand(DType.F64, 20).in(0, 1)));
        }
    }

    private static String randomName(Distribution distribution) {
        return switch (distribution) {
            case Uniform ignored -> "RandomUniform";
            case Normal ignored -> "RandomNormal";
        };
    }

    private static DType requireFloat(DType type) {
        if (!type.isFloat()) {
            throw new ShapeException("random numbers need a float type, not " + type);
        }
        return type;
    }
}
