package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Kernel.Addressing;
import dev.quern.kernel.Kernel.Combine;
import dev.quern.tensor.Complex;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Operand 0 with the elements of operand 2 at the places that operand 1 names (see [Indexing]), combined with what is
/// there in row-major order of operand 2.
public sealed interface Scattering extends PrimitiveOp {

    Addressed addressed();

    Combine mode();

    /// The same operator with another mode.
    Scattering with(Combine mode);

    /// The operator that reads where this one writes.
    Indexing opposite();

    @Override
    default List<DType> dtypes(Operands in) {
        in.requireSize(3, 3);
        in.require(1, DType.I64, DType.I32);
        in.require(2, in.dtype(0));
        if (in.dtype(0) == DType.STRING && mode() != Combine.REPLACE) {
            throw new ShapeException("strings can only be replaced, not combined by " + mode());
        }
        return List.of(in.dtype(0));
    }

    @Override
    default List<Shape> shapes(Operands in) {
        Shape taken = addressed().gathered(in.shape(0), in.shape(1));
        Shape updates = in.shape(2);
        boolean fits = !taken.isRanked() || taken.rank() == updates.rank();
        for (int i = 0; fits && taken.isRanked() && i < taken.rank(); i++) {
            Dim a = taken.dim(i);
            Dim b = updates.dim(i);
            fits = !a.isFixed() || !b.isFixed() || a.equals(b);
        }
        if (!fits) {
            throw new ShapeException("updates must have the shape " + taken + " that indices " + in.tensor(1)
                    + " address, not " + updates);
        }
        return List.of(in.shape(0));
    }

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        Tensor data = in.get(0);
        Tensor updates = in.get(2);
        shapes(Operands.ofValues(in));
        Tensor out = Strided.read(data, Strided.dense(data));
        int[] positions = addressed().positions(data.shape(), in.get(1));
        for (int i = 0; i < positions.length; i++) {
            combine(out.elements(), positions[i], updates.elements(), i);
        }
        return List.of(out);
    }

    private void combine(Elements out, int at, Elements updates, int i) {
        if (mode() == Combine.REPLACE) {
            out.copy(at, updates, i);
        } else if (out.dtype().isComplex()) {
            Complex x = out.getComplex(at);
            Complex u = updates.getComplex(i);
            out.set(
                    at,
                    switch (mode()) {
                        case ADD -> x.plus(u);
                        case MULTIPLY -> x.times(u);
                        case MIN -> x.compareTo(u) <= 0 ? x : u;
                        case MAX -> x.compareTo(u) >= 0 ? x : u;
                        case REPLACE -> u;
                    });
        } else if (out.dtype().isFloat()) {
            double x = out.getDouble(at);
            double u = updates.getDouble(i);
            out.set(
                    at,
                    switch (mode()) {
                        case ADD -> x + u;
                        case MULTIPLY -> x * u;
                        case MIN -> Math.min(x, u);
                        case MAX -> Math.max(x, u);
                        case REPLACE -> u;
                    });
        } else {
            long x = out.getLong(at);
            long u = updates.getLong(i);
            boolean less = out.dtype() == DType.U64 ? Long.compareUnsigned(x, u) < 0 : x < u;
            out.set(
                    at,
                    switch (mode()) {
                        case ADD -> x + u;
                        case MULTIPLY -> x * u;
                        case MIN -> less ? x : u;
                        case MAX -> less ? u : x;
                        case REPLACE -> u;
                    });
        }
    }

    /// Where elements replace others, the gradient of data is cut there; a product gives each factor the product of
    /// the others; the elements that are the minimum or maximum of their place share its gradient evenly (PyTorch's
    /// scatter_reduce).
    @Override
    default void gradient(Adjoint a) {
        GraphBuilder g = a.graph();
        Value data = a.input(0);
        Value at = a.input(1);
        Value updates = a.input(2);
        Value dy = a.cotangent(0).orElseThrow();
        Value toData;
        Value toUpdates;
        switch (mode()) {
            case REPLACE -> {
                toData = g.apply(this, dy, at, Reductions.filled(g, 0, updates));
                toUpdates = g.apply(opposite(), dy, at);
            }
            case ADD -> {
                toData = dy;
                toUpdates = g.apply(opposite(), dy, at);
            }
            case MULTIPLY -> {
                Value factors = g.apply(this, Reductions.filled(g, 1, data), at, updates);
                toData = g.apply(Arithmetic.MUL, dy, factors);
                toUpdates = toFactors(g, dy, data, at, updates);
            }
            case MIN, MAX -> {
                Value fromData = equal(g, data, a.output(0));
                Value fromUpdates = equal(g, updates, g.apply(opposite(), a.output(0), at));
                Value count = g.apply(with(Combine.ADD), fromData, at, fromUpdates);
                Value share = g.apply(Arithmetic.DIV, dy, count);
                toData = g.apply(Arithmetic.MUL, share, fromData);
                toUpdates = g.apply(Arithmetic.MUL, g.apply(opposite(), share, at), fromUpdates);
            }
            default -> throw new IllegalStateException("no such mode: " + mode());
        }
        if (a.wants(0)) {
            a.give(0, toData);
        }
        if (a.wants(2)) {
            a.give(2, Shaping.like(g, toUpdates, updates));
        }
    }

    /// The cotangent of each update: the product of the other factors of its place, which is not 0 where the update
    /// is the only factor that is.
    private Value toFactors(GraphBuilder g, Value dy, Value data, Value at, Value updates) {
        Value zeroData = equal(g, data, Reductions.filled(g, 0, data));
        Value zeroUpdates = equal(g, updates, Reductions.filled(g, 0, updates));
        Value nonzero = g.apply(Arithmetic.ADD, updates, zeroUpdates);
        Value products = g.apply(this, g.apply(Arithmetic.ADD, data, zeroData), at, nonzero);
        Value zeros = g.apply(with(Combine.ADD), zeroData, at, zeroUpdates);
        Value others = equal(g, g.apply(opposite(), zeros, at), zeroUpdates);
        Value all = g.apply(opposite(), g.apply(Arithmetic.MUL, dy, products), at);
        return g.apply(Arithmetic.MUL, g.apply(Arithmetic.DIV, all, nonzero), others);
    }

    private static Value equal(GraphBuilder g, Value x, Value y) {
        return g.apply(new Casting.Cast(x.dtype()), g.apply(Logic.EQUAL, x, y));
    }

    @Override
    default void lower(Lowering l) {
        Addressed how = addressed();
        int axis = how.addressing() == Addressing.ND
                ? how.axis()
                : Shape.axis(how.axis(), l.input(0).rank());
        l.emit(new Kernel.Scatter(l.input(0), l.input(1), l.input(2), how.addressing(), axis, mode(), l.output(0)));
    }

    /// Slices along `axis`: the opposite of [Indexing.Gather], and its adjoint.
    record ScatterSlices(int axis, Combine mode) implements Scattering {
        @Override
        public Addressed addressed() {
            return new Addressed(Addressing.AXIS, axis);
        }

        @Override
        public Scattering with(Combine other) {
            return new ScatterSlices(axis, other);
        }

        @Override
        public Indexing opposite() {
            return new Indexing.Gather(axis);
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new ScatterSlices(1, Combine.ADD),
                    Example.f32(2, 3, 2),
                    Example.indices(3, 2, 2),
                    Example.f32(2, 2, 2, 2)));
        }
    }

    /// Each element at its own place but for `axis`, where its index says. ONNX ScatterElements, opset 18 (and
    /// Scatter).
    record ScatterElements(int axis, Combine mode) implements Scattering {
        @Override
        public Addressed addressed() {
            return new Addressed(Addressing.ELEMENTS, axis);
        }

        @Override
        public Scattering with(Combine other) {
            return new ScatterElements(axis, other);
        }

        @Override
        public Indexing opposite() {
            return new Indexing.GatherElements(axis);
        }

        static Stream<Example> examples() {
            Example.Operand distinct = Example.fixed(Tensor.of(new long[] {0, -1, 1, 2, 0, 1}, 2, 3));
            Example.Operand twice = Example.fixed(Tensor.of(new int[] {0, 0, 3, 0, 0, 3}, 2, 3));
            Example.Operand data = Example.f32(2, 4).distinctValues();
            Example.Operand updates = Example.f32(2, 3).in(-2.1, 1.9).distinctValues();
            Example.Operand zeros = Example.fixed(Tensor.of(new float[] {0, 2, -1, 0, 0, 3}, 2, 3));
            return Stream.of(
                    Example.of(new ScatterElements(1, Combine.REPLACE), data, distinct, updates),
                    Example.of(new ScatterElements(-1, Combine.ADD), data, twice, updates),
                    Example.of(new ScatterElements(1, Combine.MULTIPLY), data, twice, updates),
                    Example.of(new ScatterElements(1, Combine.MULTIPLY), data, twice, zeros),
                    Example.of(new ScatterElements(1, Combine.MAX), data, twice, updates),
                    Example.of(new ScatterElements(1, Combine.MIN), data, twice, updates),
                    Example.of(
                            new ScatterElements(0, Combine.MAX),
                            Example.operand(DType.I64, 5),
                            Example.indices(5, 4),
                            Example.operand(DType.I64, 4)));
        }
    }

    /// Slices at the points in the last axis of operand 1, after `batchDims` axes that all share. ONNX ScatterND,
    /// opset 18, with 0 of them.
    record ScatterND(int batchDims, Combine mode) implements Scattering {
        @Override
        public Addressed addressed() {
            return new Addressed(Addressing.ND, batchDims);
        }

        @Override
        public Scattering with(Combine other) {
            return new ScatterND(batchDims, other);
        }

        @Override
        public Indexing opposite() {
            return new Indexing.GatherND(batchDims);
        }

        static Stream<Example> examples() {
            Example.Operand distinct = Example.fixed(Tensor.of(new long[] {2, 0, 0, 1}, 2, 2));
            return Stream.of(
                    Example.of(new ScatterND(0, Combine.REPLACE), Example.f32(3, 2, 2), distinct, Example.f32(2, 2)),
                    Example.of(
                            new ScatterND(0, Combine.ADD),
                            Example.f32(4, 2),
                            Example.indices(4, 5, 1),
                            Example.f32(5, 2)),
                    Example.of(
                            new ScatterND(1, Combine.ADD),
                            Example.f32(2, 3),
                            Example.indices(3, 2, 4, 1),
                            Example.f32(2, 4)));
        }
    }
}
