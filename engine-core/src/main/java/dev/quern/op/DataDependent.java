package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel.Combine;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Operators whose results have as many elements as the data say.
public sealed interface DataDependent extends HostOp {

    /// The places of the elements that are not 0, a column for each: `i64[rank,count]`. ONNX NonZero, opset 13.
    record NonZero() implements DataDependent {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            Shape x = in.shape(0);
            Dim rank = x.isRanked() ? Dim.of(x.rank()) : Dim.UNKNOWN;
            return List.of(Type.tensor(DType.I64, Shape.of(rank, Dim.UNKNOWN)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            int[] found =
                    IntStream.range(0, x.length()).filter(i -> isNonzero(x, i)).toArray();
            int[] dims = x.shape().intExtents();
            long[] places = new long[dims.length * found.length];
            for (int j = 0; j < found.length; j++) {
                int rest = found[j];
                for (int axis = dims.length - 1; axis >= 0; axis--) {
                    places[axis * found.length + j] = rest % dims[axis];
                    rest /= dims[axis];
                }
            }
            return List.of(Tensor.wrap(DType.I64, places, dims.length, found.length));
        }

        private static boolean isNonzero(Tensor x, int i) {
            return switch (x.dtype().kind()) {
                case STRING -> !x.getString(i).isEmpty();
                case COMPLEX -> x.getComplex(i).isNonzero();
                case FLOAT, SIGNED, UNSIGNED, BOOL -> x.getDouble(i) != 0;
            };
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new NonZero(), Example.operand(DType.BOOL, 3, 4)),
                    Example.of(
                            new NonZero(), Example.operand(DType.I32, 2, 3, 2).in(0, 2)),
                    Example.of(new NonZero(), Example.f32(0, 3).notDifferentiable()));
        }
    }

    /// The slices of operand 0 along `axis`, or without one its elements, where operand 1, `bool` of rank 1, says
    /// so; what lies beyond its end is left out. ONNX Compress, opset 11.
    record Compress(Optional<Integer> axis) implements DataDependent {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(2, 2);
            in.require(1, DType.BOOL);
            Shape x = in.shape(0);
            if (axis.isEmpty()) {
                return List.of(Type.tensor(in.dtype(0), Shape.of(Dim.UNKNOWN)));
            }
            return List.of(Type.tensor(in.dtype(0), x.isRanked() ? x.with(axis.get(), Dim.UNKNOWN) : x));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.get(0).asTensor();
            Tensor condition = in.get(1).asTensor();
            Slices slices = Slices.of(x, axis);
            int[] chosen = IntStream.range(0, Math.min(condition.length(), slices.count()))
                    .filter(i -> condition.getLong(i) != 0)
                    .toArray();
            return List.of(slices.select(x, chosen));
        }

        @Override
        public boolean isDifferentiable() {
            return true;
        }

        @Override
        public void gradient(Adjoint a) {
            GraphBuilder g = a.graph();
            Value places = g.apply(new Shaping.Reshape(), g.apply(new NonZero(), a.input(1)), g.longs(-1));
            Value zeros = Reductions.filled(g, 0, a.input(0));
            Value into = axis.isPresent() ? zeros : g.apply(new Shaping.Reshape(), zeros, g.longs(-1));
            Scattering.ScatterSlices scatter = new Scattering.ScatterSlices(axis.orElse(0), Combine.ADD);
            Value sums = g.apply(scatter, into, places, a.cotangent(0).orElseThrow());
            a.give(0, axis.isPresent() ? sums : g.apply(new Shaping.ReshapeLike(), sums, a.input(0)));
        }

        static Stream<Example> examples() {
            Example.Operand mask = Example.fixed(Tensor.of(new boolean[] {false, true, true}, 3));
            return Stream.of(
                    Example.of(new Compress(Optional.of(0)), Example.f32(3, 2), mask),
                    Example.of(new Compress(Optional.empty()), Example.f32(2, 3), mask),
                    Example.of(new Compress(Optional.of(-1)), Example.operand(DType.STRING, 2, 4), mask),
                    Example.of(new Compress(Optional.empty()), Example.operand(DType.I64, 2, 3), mask));
        }
    }

    /// The distinct slices of operand 0 along `axis`, or without one its distinct elements, in order, or where not
    /// `sorted` as they first occur. Results: the slices; where each first occurs; for each slice of the operand
    /// which one it is; how often each occurs (all i64). ONNX Unique, opset 11.
    record Unique(Optional<Integer> axis, boolean sorted) implements DataDependent {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            Shape x = in.shape(0);
            Type some = Type.tensor(DType.I64, Shape.of(Dim.UNKNOWN));
            Shape kept = axis.isEmpty() ? Shape.of(Dim.UNKNOWN) : x.isRanked() ? x.with(axis.get(), Dim.UNKNOWN) : x;
            Dim all = axis.isEmpty()
                    ? x.isRanked() ? x.size() : Dim.UNKNOWN
                    : x.isRanked() ? x.dim(axis.get()) : Dim.UNKNOWN;
            return List.of(Type.tensor(in.dtype(0), kept), some, Type.tensor(DType.I64, Shape.of(all)), some);
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            return List.copyOf(Slices.of(x, axis).unique(x, sorted));
        }

        static Stream<Example> examples() {
            Example.Operand rows = Example.fixed(Tensor.of(new long[] {2, 1, 0, 3, 2, 1, 0, 3, 2, 0}, 5, 2));
            return Stream.of(
                    Example.of(new Unique(Optional.empty(), true), Example.operand(DType.I32, 3, 5)),
                    Example.of(new Unique(Optional.empty(), false), Example.operand(DType.STRING, 9)),
                    Example.of(new Unique(Optional.of(0), true), rows),
                    Example.of(new Unique(Optional.of(-1), false), rows));
        }
    }
}
