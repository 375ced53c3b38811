package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Operators that put tensors side by side along an axis, or take one apart.
public sealed interface Joining extends PrimitiveOp {

    /// All operands one after another along `axis`. ONNX Concat, opset 13.
    record Concat(int axis) implements Joining {
        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(1, Integer.MAX_VALUE);
            for (int i = 1; i < in.size(); i++) {
                in.require(i, in.dtype(0));
            }
            return List.of(in.dtype(0));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            Shape out = in.shape(0);
            int at = out.axis(axis);
            for (int i = 1; i < in.size(); i++) {
                Shape next = in.shape(i);
                if (next.rank() != out.rank()) {
                    throw new ShapeException("operands must have one rank, not " + in.shape(0) + " and " + next);
                }
                List<Dim> dims = new ArrayList<>();
                for (int d = 0; d < out.rank(); d++) {
                    dims.add(d == at ? out.dim(d).plus(next.dim(d)) : out.dim(d).unify(next.dim(d)));
                }
                out = Shape.of(dims);
            }
            return List.of(out);
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor out = Tensor.zeros(
                    in.getFirst().dtype(), shapes(Operands.ofValues(in)).getFirst());
            List<View> parts = parts(
                    Strided.dense(out), axis, in.stream().map(Strided::dense).toList());
            for (int i = 0; i < in.size(); i++) {
                Strided.write(in.get(i), out, parts.get(i));
            }
            return List.of(out);
        }

        @Override
        public void gradient(Adjoint a) {
            List<Value> in = new ArrayList<>();
            in.add(a.cotangent(0).orElseThrow());
            for (int i = 0; i < a.inputs(); i++) {
                in.add(a.input(i));
            }
            List<Value> parts = a.graph().apply(new SplitLike(axis, a.inputs()), in);
            for (int i = 0; i < a.inputs(); i++) {
                if (a.wants(i)) {
                    a.give(i, parts.get(i));
                }
            }
        }

        @Override
        public void lower(Lowering l) {
            List<View> in = IntStream.range(0, l.inputs()).mapToObj(l::input).toList();
            List<View> parts = parts(l.output(0), axis, in);
            for (int i = 0; i < in.size(); i++) {
                l.copy(in.get(i), parts.get(i));
            }
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Concat(1), Example.f32(2, 3), Example.f32(2, 1), Example.f32(2, 4)),
                    Example.of(new Concat(-2), Example.f32(2, 3), Example.f32(0, 3)),
                    Example.of(new Concat(0), Example.f32(5)),
                    Example.of(new Concat(0), Example.operand(DType.I64, 2), Example.operand(DType.I64, 3)));
        }
    }

    /// Operand 0 cut along `axis` into `count` parts: with the extents that operand 1 lists, or, without it, equal
    /// ones of which the last may be smaller. ONNX Split, opset 18.
    record Split(int axis, int count) implements Joining {
        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(1, 2);
            return Collections.nCopies(count, in.dtype(0));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            Shape x = in.shape(0);
            Optional<long[]> sizes = sizes(x.dim(axis), in);
            return IntStream.range(0, count)
                    .mapToObj(i -> x.with(axis, sizes.isPresent() ? Dim.of(sizes.get()[i]) : Dim.UNKNOWN))
                    .toList();
        }

        private Optional<long[]> sizes(Dim whole, Operands in) {
            if (in.size() == 2) {
                Optional<long[]> given = in.longs(1);
                if (given.isPresent()) {
                    long[] sizes = given.get();
                    boolean fits = !whole.isFixed() || Arrays.stream(sizes).sum() == whole.extent();
                    if (sizes.length != count || !fits) {
                        throw new ShapeException(
                                "cannot split " + whole + " into " + count + " parts of " + Arrays.toString(sizes));
                    }
                }
                return given;
            }
            if (!whole.isFixed()) {
                return Optional.empty();
            }
            long chunk = Math.ceilDiv(whole.extent(), count);
            long[] sizes = new long[count];
            for (int i = 0; i < count; i++) {
                sizes[i] = Math.clamp(whole.extent() - i * chunk, 0, chunk);
            }
            return Optional.of(sizes);
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1);
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor x = in.get(0);
            return parts(Strided.dense(x), Operands.ofValues(in)).stream()
                    .map(part -> Strided.read(x, part))
                    .toList();
        }

        private List<View> parts(View x, Operands in) {
            int at = Shape.axis(axis, x.rank());
            long[] sizes = sizes(Dim.of(x.dim(at)), in).orElseThrow();
            List<View> parts = new ArrayList<>();
            int from = 0;
            for (long size : sizes) {
                parts.add(x.slice(at, from, (int) size, 1));
                from += (int) size;
            }
            return parts;
        }

        @Override
        public void gradient(Adjoint a) {
            List<Value> parts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Value part = a.output(i);
                parts.add(a.cotangent(i).orElseGet(() -> Reductions.filled(a.graph(), 0, part)));
            }
            Value whole = a.graph().apply(new Concat(axis), parts).getFirst();
            a.give(0, Shaping.like(a.graph(), whole, a.input(0)));
        }

        @Override
        public void lower(Lowering l) {
            List<View> parts = parts(l.input(0), new BoundOperands(l));
            for (int i = 0; i < count; i++) {
                l.alias(i, parts.get(i));
            }
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Split(0, 3), Example.f32(7, 2)),
                    Example.of(new Split(-1, 2), Example.f32(3, 6), Example.longs(1, 5)),
                    Example.of(new Split(1, 3), Example.f32(2, 3), Example.longs(0, 3, 0)));
        }
    }

    /// Operand 0 cut along `axis` into `count` parts with the dims of the other operands, whose values are not
    /// read: the adjoint of [Concat].
    record SplitLike(int axis, int count) implements Joining {
        @Override
        public Set<Integer> likeOperands() {
            return Set.copyOf(IntStream.rangeClosed(1, count).boxed().toList());
        }

        @Override
        public List<DType> dtypes(Operands in) {
            return Collections.nCopies(count, in.dtype(0));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            return IntStream.range(1, in.size()).mapToObj(in::shape).toList();
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor x = in.getFirst();
            List<View> like = in.stream().skip(1).map(Strided::dense).toList();
            return Joining.parts(Strided.dense(x), axis, like).stream()
                    .map(part -> Strided.read(x, part))
                    .toList();
        }

        @Override
        public void gradient(Adjoint a) {
            List<Value> parts = new ArrayList<>();
            for (int i = 1; i < a.inputs(); i++) {
                Value part = a.input(i);
                parts.add(a.cotangent(i - 1).orElseGet(() -> Reductions.filled(a.graph(), 0, part)));
            }
            Value whole = a.graph().apply(new Concat(axis), parts).getFirst();
            a.give(0, Shaping.like(a.graph(), whole, a.input(0)));
        }

        @Override
        public void lower(Lowering l) {
            List<View> like = IntStream.range(1, l.inputs()).mapToObj(l::input).toList();
            List<View> parts = Joining.parts(l.input(0), axis, like);
            for (int i = 0; i < parts.size(); i++) {
                l.alias(i, parts.get(i));
            }
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new SplitLike(-1, 2),
                    Example.f32(2, 5),
                    Example.f32(2, 3).notDifferentiable(),
                    Example.f32(2, 2).notDifferentiable()));
        }
    }

    /// The windows of `whole` that parts with the dims of `like` take, one after another along `axis`.
    private static List<View> parts(View whole, int axis, List<View> like) {
        int at = Shape.axis(axis, whole.rank());
        List<View> parts = new ArrayList<>();
        int from = 0;
        for (View v : like) {
            parts.add(whole.slice(at, from, v.dim(at), 1));
            from += v.dim(at);
        }
        return parts;
    }
}
