package dev.quern.rewrite;

import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.ConvInteger;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.IntegerProducts.MatMulInteger;
import dev.quern.op.Products.Gemm;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.rewrite.Rewriting.Emitter;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The sums of a product or convolution of numbers that 8-bit integers stand for, as sums of these integers, with what
/// one unit of them counts: Σ (a − a₀)·s · (b − b₀)·t = s·t · Σ (a − a₀)(b − b₀). They are exact.
///
/// @param sums `i32`, the bias among them, in whole units
/// @param units how much one of them is, shaped to broadcast
record IntegerSums(Value sums, Tensor units) {
    /// Products of two 8-bit integers of which no sum leaves 32 bits, with as much again for a bias.
    private static final long MOST_SUMMANDS = Integer.MAX_VALUE / (255 * 255) / 2;

    private static final double MOST_BIAS = Integer.MAX_VALUE / 2.0;

    static Optional<IntegerSums> of(Op op, List<Value> operands, Emitter emitter) {
        return switch (op) {
            case Conv conv -> convolution(conv, operands, emitter);
            case MatMul ignored -> product(operands, false, emitter);
            case Gemm gemm
            when gemm.alpha() == 1 && gemm.beta() == 1 && !gemm.transA() -> product(operands, gemm.transB(), emitter);
            default -> Optional.empty();
        };
    }

    private static Optional<IntegerSums> convolution(Conv conv, List<Value> operands, Emitter emitter) {
        Value weights = operands.get(1);
        if (weights.rank() < 3 || !sumsFit(weights, 0)) {
            return Optional.empty();
        }
        Optional<Coded> x = Coded.of(operands.getFirst(), -1, emitter);
        Optional<Coded> w = Coded.of(weights, 0, emitter);
        if (x.isEmpty() || w.isEmpty()) {
            return Optional.empty();
        }
        Tensor units = units(x.get(), w.get(), weights.rank() - 2);
        Optional<Value> bias = bias(operands, units, weights.rank() - 2, emitter);
        if (bias.isEmpty() && operands.size() > 2) {
            return Optional.empty();
        }
        Value sums = emitter.emit(
                new ConvInteger(conv.sliding(), conv.group()),
                List.of(
                        x.get().integers(),
                        w.get().integers(),
                        x.get().zeros(emitter),
                        w.get().zeros(emitter)));
        return Optional.of(with(bias, sums, units, emitter));
    }

    private static Optional<IntegerSums> product(List<Value> operands, boolean isTransposed, Emitter emitter) {
        Value right = operands.get(1);
        int columns = isTransposed ? 0 : right.rank() - 1;
        if (right.rank() != 2 || !sumsFit(right, columns)) {
            return Optional.empty();
        }
        Optional<Coded> a = Coded.of(operands.getFirst(), -1, emitter);
        Optional<Coded> b = Coded.of(right, columns, emitter);
        if (a.isEmpty() || b.isEmpty()) {
            return Optional.empty();
        }
        Tensor units = units(a.get(), b.get(), 0);
        Optional<Value> bias = bias(operands, units, 0, emitter);
        if (bias.isEmpty() && operands.size() > 2) {
            return Optional.empty();
        }
        Value integers = b.get().integers();
        Value sums = emitter.emit(
                new MatMulInteger(),
                List.of(
                        a.get().integers(),
                        isTransposed ? emitter.emit(new Arranging.Transpose(1, 0), List.of(integers)) : integers,
                        a.get().zeros(emitter),
                        b.get().zeros(emitter)));
        return Optional.of(with(bias, sums, units, emitter));
    }

    private static IntegerSums with(Optional<Value> bias, Value sums, Tensor units, Emitter emitter) {
        return new IntegerSums(
                bias.map(b -> emitter.emit(Arithmetic.ADD, List.of(sums, b))).orElse(sums), units);
    }

    /// Whether so few numbers are summed, those of all axes but `kept`.
    private static boolean sumsFit(Value weights, int kept) {
        long summands = 1;
        for (int axis = 0; axis < weights.rank(); axis++) {
            if (axis != kept) {
                if (!weights.shape().dim(axis).isFixed()) {
                    return false;
                }
                summands *= Math.max(1, weights.shape().dim(axis).extent());
                if (summands > MOST_SUMMANDS) {
                    return false;
                }
            }
        }
        return true;
    }

    /// @param after how many axes of the sums lie behind that of the channels
    private static Tensor units(Coded left, Coded right, int after) {
        float[] units = new float[right.scale().length()];
        for (int i = 0; i < units.length; i++) {
            units[i] = left.scale().getFloat(0) * right.scale().getFloat(i);
        }
        return units.length == 1
                ? Tensor.scalar(DType.F32, units[0])
                : Tensor.wrap(DType.F32, units, extents(after, units.length));
    }

    private static long[] extents(int after, int length) {
        long[] extents = new long[after + 1];
        Arrays.fill(extents, 1);
        extents[0] = length;
        return extents;
    }

    /// A constant bias in whole units, of one number for each channel; nothing where it is none or too large.
    private static Optional<Value> bias(List<Value> operands, Tensor units, int after, Emitter emitter) {
        if (operands.size() < 3) {
            return Optional.empty();
        }
        return numbers(operands.get(2), emitter)
                .filter(b -> operands.get(2).rank() == 1 && (units.length() == 1 || units.length() == b.length))
                .flatMap(b -> whole(b, units))
                .map(b -> emitter.literal(Tensor.wrap(DType.I32, b, extents(after, b.length))));
    }

    private static Optional<int[]> whole(double[] bias, Tensor units) {
        int[] whole = new int[bias.length];
        for (int i = 0; i < bias.length; i++) {
            double count = Math.rint(bias[i] / units.getFloat(units.length() == 1 ? 0 : i));
            if (!(Math.abs(count) < MOST_BIAS)) {
                return Optional.empty();
            }
            whole[i] = (int) count;
        }
        return Optional.of(whole);
    }

    /// What a constant says, be it as integers with scales.
    private static Optional<double[]> numbers(Value v, Emitter emitter) {
        Optional<Node> made = v.producer().filter(n -> n.op().equals(new DequantizeLinear(DType.F32)));
        if (made.isEmpty()) {
            return emitter.known(v).map(Tensor::toDoubles);
        }
        Optional<Tensor> q = emitter.known(made.get().input(0));
        Optional<Tensor> scale = emitter.known(made.get().input(1));
        Optional<Tensor> zero = emitter.known(made.get().input(2));
        if (q.isEmpty() || scale.isEmpty() || zero.isEmpty()) {
            return Optional.empty();
        }
        double[] numbers = new double[q.get().length()];
        for (int i = 0; i < numbers.length; i++) {
            long difference =
                    q.get().getLong(i) - zero.get().getLong(i % zero.get().length());
            numbers[i] = difference * scale.get().getDouble(i % scale.get().length());
        }
        return Optional.of(numbers);
    }
}
