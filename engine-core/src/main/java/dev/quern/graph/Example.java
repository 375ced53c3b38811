package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// One use of an operator, from which tests, fuzzing and benchmarks are made: the operator with its attributes, and
/// facts about each operand. Operand values are drawn by seed.
public record Example(Op op, List<Operand> operands) {

    public Example {
        operands = List.copyOf(operands);
    }

    public static Example of(Op op, Operand... operands) {
        return new Example(op, List.of(operands));
    }

    /// Facts about one operand.
    ///
    /// @param low least value drawn
    /// @param high greatest value drawn (exclusive for integers)
    /// @param distinct whether all elements differ (so that ties do not decide the result)
    /// @param constant whether the operand is a constant of the graph rather than an input
    /// @param differentiable whether gradients with respect to it are checked
    /// @param fixed the value itself, where it is not drawn
    public record Operand(
            DType dtype,
            Shape shape,
            double low,
            double high,
            boolean distinct,
            boolean constant,
            boolean differentiable,
            Optional<Tensor> fixed) {

        /// Values from `low` to `high`.
        public Operand in(double low, double high) {
            return new Operand(dtype, shape, low, high, distinct, constant, differentiable, fixed);
        }

        public Operand distinctValues() {
            return new Operand(dtype, shape, low, high, true, constant, differentiable, fixed);
        }

        public Operand asConstant() {
            return new Operand(dtype, shape, low, high, distinct, true, differentiable, fixed);
        }

        public Operand notDifferentiable() {
            return new Operand(dtype, shape, low, high, distinct, constant, false, fixed);
        }

        /// The operand's value for this seed.
        public Tensor draw(long seed) {
            return fixed.orElseGet(() -> ExampleValues.draw(this, new SplittableRandom(seed)));
        }
    }

    /// An operand drawn from −2 … 2 (floats), −4 … 4 (signed), 0 … 8 (unsigned), both values (bool).
    public static Operand operand(DType dtype, long... dims) {
        boolean signed = dtype.isFloat() || dtype.isSigned();
        double high = dtype.isFloat() ? 2 : dtype == DType.BOOL ? 2 : dtype.isSigned() ? 5 : 8;
        double low = dtype.isFloat() ? -2 : signed ? -4 : 0;
        return new Operand(dtype, Shape.of(dims), low, high, false, false, dtype.isFloat(), Optional.empty());
    }

    public static Operand f32(long... dims) {
        return operand(DType.F32, dims);
    }

    /// A constant i64 vector: a shape, axes, pads …
    public static Operand longs(long... values) {
        return fixed(Tensor.of(values, values.length)).asConstant();
    }

    /// An operand with this very value.
    public static Operand fixed(Tensor value) {
        return new Operand(
                value.dtype(), value.shape(), 0, 0, false, false, value.dtype().isFloat(), Optional.of(value));
    }

    /// Indices below `bound`.
    public static Operand indices(long bound, long... dims) {
        return operand(DType.I64, dims).in(0, bound);
    }
}
