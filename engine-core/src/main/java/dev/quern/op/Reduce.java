package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Combines the elements of operand 0 along the axes that operand 1 lists, all where it is missing or empty
/// (none where it is empty and `noopWithEmptyAxes`). ONNX ReduceSum, opset 13, and its siblings, opset 18 and
/// 20.
///
/// Sums of nothing are 0, products 1, the maximum is the lowest value of the type. Integers wrap; L2, LogSum
/// and LogSumExp of integers are computed in f64 and truncated. Min and Max take `bool` too. Where several
/// elements are the maximum, they share the gradient evenly.
public record Reduce(Kind kind, boolean keepDims, boolean noopWithEmptyAxes) implements Reductions {

    /// How elements are combined.
    public enum Kind {
        SUM("Sum"),
        MEAN("Mean"),
        PROD("Prod"),
        MAX("Max"),
        MIN("Min"),
        /// Σ|x|.
        L1("L1"),
        /// √Σx².
        L2("L2"),
        /// log Σx.
        LOG_SUM("LogSum"),
        /// log Σe^x, without overflow.
        LOG_SUM_EXP("LogSumExp"),
        /// Σx².
        SUM_SQUARE("SumSquare");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /// Whether one element alone is its own reduction.
        boolean keepsOne() {
            return switch (this) {
                case SUM, MEAN, PROD, MAX, MIN, LOG_SUM_EXP -> true;
                case L1, L2, LOG_SUM, SUM_SQUARE -> false;
            };
        }

        boolean isExtremum() {
            return this == MAX || this == MIN;
        }

        /// Whether the result is a real number even of integers.
        boolean isReal() {
            return this == L2 || this == LOG_SUM || this == LOG_SUM_EXP;
        }
    }

    public Reduce(Kind kind, boolean keepDims) {
        this(kind, keepDims, false);
    }

    @Override
    public String name() {
        return "Reduce" + kind.text;
    }

    @Override
    public Set<Integer> shapeOperands() {
        return Set.of(1);
    }

    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(1, 2);
        DType x = in.dtype(0);
        if (x.isHostOnly() || (x == DType.BOOL && !kind.isExtremum())) {
            throw new ShapeException("operand 0 must hold numbers, not " + x);
        }
        return List.of(x);
    }

    @Override
    public List<Shape> shapes(Operands in) {
        Shape x = in.shape(0);
        Optional<long[]> listed = in.size() == 1 ? Optional.of(new long[0]) : in.longs(1);
        if (listed.isEmpty()) {
            Dim n = in.shape(1).size();
            boolean known = n.isFixed() && n.extent() > 0;
            return List.of(
                    keepDims
                            ? Shape.ofRank(x.rank())
                            : known ? Shape.ofRank(x.rank() - (int) n.extent()) : Shape.UNRANKED);
        }
        int[] reduced = axes(x.rank(), listed.get());
        Shape kept = Shape.of(
                Arrays.stream(Axes.others(reduced, x.rank())).mapToObj(x::dim).toList());
        if (!keepDims) {
            return List.of(kept);
        }
        Shape out = x;
        for (int axis : reduced) {
            out = out.with(axis, Dim.of(1));
        }
        return List.of(out);
    }

    /// The axes that are reduced, for a list of axes as operand 1 gives it.
    int[] axes(int rank, long... listed) {
        if (listed.length > 0) {
            return Axes.of(listed, rank);
        }
        return noopWithEmptyAxes ? new int[0] : Axes.all(rank);
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        Tensor x = in.getFirst();
        Shape shape = shapes(Operands.ofValues(in)).getFirst();
        ReducedAxes axes = ReducedAxes.of(
                x.rank(),
                axes(x.rank(), in.size() == 1 ? new long[0] : in.get(1).toLongs()));
        View all = axes.last(Strided.dense(x));
        Tensor out = Tensor.zeros(x.dtype(), shape);
        int count = axes.count(Strided.dense(x));
        Positions p = new Positions(all.dims(), all);
        boolean real = x.dtype().isFloat() || kind.isReal();
        for (int i = 0; i < out.length(); i++) {
            double[] reals = new double[count];
            long[] integers = new long[count];
            for (int j = 0; j < count; j++, p.next()) {
                reals[j] = x.getDouble(p.at(0));
                integers[j] = x.getLong(p.at(0));
            }
            if (real) {
                out.elements().set(i, ofReals(reals));
            } else {
                out.elements().set(i, ofIntegers(x.dtype(), integers));
            }
        }
        return List.of(out);
    }

    private double ofReals(double... x) {
        return switch (kind) {
            case SUM -> Arrays.stream(x).sum();
            case MEAN -> Arrays.stream(x).sum() / x.length;
            case PROD -> Arrays.stream(x).reduce(1, (a, b) -> a * b);
            case MAX -> Arrays.stream(x).reduce(Double.NEGATIVE_INFINITY, Math::max);
            case MIN -> Arrays.stream(x).reduce(Double.POSITIVE_INFINITY, Math::min);
            case L1 -> Arrays.stream(x).map(Math::abs).sum();
            case L2 -> Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
            case LOG_SUM -> Math.log(Arrays.stream(x).sum());
            case LOG_SUM_EXP -> {
                double m = Arrays.stream(x).reduce(Double.NEGATIVE_INFINITY, Math::max);
                yield Double.isInfinite(m)
                        ? m
                        : m
                                + Math.log(Arrays.stream(x)
                                        .map(v -> Math.exp(v - m))
                                        .sum());
            }
            case SUM_SQUARE -> Arrays.stream(x).map(v -> v * v).sum();
        };
    }

    private long ofIntegers(DType type, long... x) {
        boolean u64 = type == DType.U64;
        return switch (kind) {
            case SUM -> Arrays.stream(x).sum();
            case MEAN -> {
                long sum = Conversion.wrap(type, Arrays.stream(x).sum());
                yield u64 ? Long.divideUnsigned(sum, x.length) : sum / x.length;
            }
            case PROD -> Arrays.stream(x).reduce(1, (a, b) -> a * b);
            case MAX ->
                Arrays.stream(x)
                        .reduce((a, b) -> (u64 ? Long.compareUnsigned(a, b) : Long.compare(a, b)) >= 0 ? a : b)
                        .orElseGet(() -> Arithmetic.lowest(type).getLong(0));
            case MIN ->
                Arrays.stream(x)
                        .reduce((a, b) -> (u64 ? Long.compareUnsigned(a, b) : Long.compare(a, b)) <= 0 ? a : b)
                        .orElseGet(() -> Arithmetic.highest(type).getLong(0));
            case L1 ->
                Arrays.stream(x).map(v -> type.isSigned() ? Math.abs(v) : v).sum();
            case SUM_SQUARE -> Arrays.stream(x).map(v -> v * v).sum();
            case L2, LOG_SUM, LOG_SUM_EXP -> throw new IllegalStateException(kind + " is computed in reals");
        };
    }

    @Override
    public void lower(Lowering l) {
        View x = l.input(0);
        long[] listed = l.inputs() == 1 ? new long[0] : l.value(1).orElseThrow().toLongs();
        ReducedAxes axes = ReducedAxes.of(x.rank(), axes(x.rank(), listed));
        if (axes.reduced().length == 0 && kind.keepsOne()) {
            l.alias(0, x);
            return;
        }
        DType type = kind.isReal() && x.dtype().isInteger() ? DType.F64 : x.dtype();
        l.emit(new Kernel.Reduce(
                List.of(axes.last(x)),
                axes.rank(),
                prologue(Expr.arg(0, x.dtype()).castTo(type)),
                reducer(type),
                List.of(),
                List.of(epilogue(type, axes.count(x)).castTo(x.dtype())),
                List.of(axes.target(l.output(0), x))));
    }

    private Expr prologue(Expr x) {
        return switch (kind) {
            case SUM, MEAN, PROD, MAX, MIN, LOG_SUM, LOG_SUM_EXP -> x;
            case L1 -> x.dtype().isUnsigned() ? x : x.abs();
            case L2, SUM_SQUARE -> x.times(x);
        };
    }

    private Reducer reducer(DType type) {
        return switch (kind) {
            case SUM, MEAN, L1, L2, LOG_SUM, SUM_SQUARE -> Reducer.SUM;
            case PROD -> Reducer.PRODUCT;
            case MAX -> type == DType.BOOL ? Reducer.OR : Reducer.MAX;
            case MIN -> type == DType.BOOL ? Reducer.AND : Reducer.MIN;
            case LOG_SUM_EXP -> Reducer.MAX_SUM_EXP;
        };
    }

    private Expr epilogue(DType type, int count) {
        Expr state = Expr.arg(0, type);
        return switch (kind) {
            case SUM, PROD, MAX, MIN, L1, SUM_SQUARE -> state;
            case MEAN -> state.dividedBy(count);
            case L2 -> state.sqrt();
            case LOG_SUM -> state.log();
            case LOG_SUM_EXP ->
                Expr.select(
                        state.apply(UnaryFn.IS_INF),
                        state,
                        state.plus(Expr.arg(1, type).log()));
        };
    }

    @Override
    public void gradient(Adjoint a) {
        if (a.wants(0)) {
            a.give(0, new ReduceGradient(this, a).ofOperand());
        }
    }

    static Stream<Example> examples() {
        return Stream.of(Kind.values()).flatMap(Reduce::ofKind);
    }

    private static Stream<Example> ofKind(Kind kind) {
        boolean logarithm = kind == Kind.LOG_SUM;
        double low = logarithm ? 0.1 : -1.5;
        Reduce keep = new Reduce(kind, true);
        Reduce drop = new Reduce(kind, false);
        Stream<Example> floats = Stream.of(
                Example.of(keep, Example.f32(3, 4, 5).in(low, 2).distinctValues(), Example.longs(1)),
                Example.of(drop, Example.f32(3, 4, 5).in(low, 2).distinctValues(), Example.longs(0, -1)),
                Example.of(drop, Example.f32(2, 19).in(low, 2).distinctValues(), Example.longs()),
                Example.of(drop, Example.f32(33).in(low, 2).distinctValues()),
                Example.of(keep, Example.f32().in(low, 2)),
                Example.of(keep, Example.operand(DType.F16, 3, 17).in(low, 2).notDifferentiable(), Example.longs(1)),
                Example.of(new Reduce(kind, true, true), Example.f32(2, 3).in(Math.max(low, 0.1), 2), Example.longs()));
        Stream<Example> empty = Stream.of(Example.of(keep, Example.f32(2, 0, 4).notDifferentiable(), Example.longs(1)))
                .filter(e -> kind != Kind.MEAN);
        float[] mixed = {2, 0, 3, 4, 0, 5, 0, 1, 7};
        Stream<Example> zeros = Stream.of(Example.of(drop, Example.fixed(Tensor.of(mixed, 3, 3)), Example.longs(1)))
                .filter(e -> kind == Kind.PROD);
        DType integer = kind.isReal() ? DType.I32 : DType.I64;
        Stream<Example> integers = Stream.of(
                Example.of(keep, Example.operand(integer, 3, 5).in(1, 7), Example.longs(0)),
                Example.of(drop, Example.operand(DType.U8, 3, 5).in(1, 7), Example.longs(1)));
        Stream<Example> bools = Stream.of(Example.of(drop, Example.operand(DType.BOOL, 4, 2), Example.longs(1)))
                .filter(e -> kind.isExtremum());
        return Stream.of(floats, empty, zeros, integers, bools).flatMap(s -> s);
    }
}
