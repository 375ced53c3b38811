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
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Operators that read elements at places which indices (`i32` or `i64`, negative ones from the end) name. Their
/// opposites are in [Scattering].
public sealed interface Indexing extends PrimitiveOp {

    /// How operand 1 addresses elements of operand 0.
    Addressed addressed();

    /// The operator that puts elements where this one reads them.
    Scattering opposite(Combine mode);

    @Override
    default List<DType> dtypes(Operands in) {
        in.requireSize(2, 2);
        in.require(1, DType.I64, DType.I32);
        return List.of(in.dtype(0));
    }

    @Override
    default List<Shape> shapes(Operands in) {
        return List.of(addressed().gathered(in.shape(0), in.shape(1)));
    }

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        Tensor data = in.get(0);
        Tensor out = Tensor.zeros(data.dtype(), shapes(Operands.ofValues(in)).getFirst());
        int[] positions = addressed().positions(data.shape(), in.get(1));
        for (int i = 0; i < positions.length; i++) {
            out.elements().copy(i, data.elements(), positions[i]);
        }
        return List.of(out);
    }

    @Override
    default void gradient(Adjoint a) {
        if (a.wants(0)) {
            GraphBuilder g = a.graph();
            Value zeros = Reductions.filled(g, 0, a.input(0));
            a.give(
                    0,
                    g.apply(
                            opposite(Combine.ADD),
                            zeros,
                            a.input(1),
                            a.cotangent(0).orElseThrow()));
        }
    }

    @Override
    default void lower(Lowering l) {
        Addressed how = addressed();
        int axis = how.addressing() == Addressing.ND
                ? how.axis()
                : Shape.axis(how.axis(), l.input(0).rank());
        l.emit(new Kernel.Gather(l.input(0), l.input(1), how.addressing(), axis, l.output(0)));
    }

    /// Slices of operand 0 along `axis`, one for each index. ONNX Gather, opset 13.
    record Gather(int axis) implements Indexing {
        @Override
        public Addressed addressed() {
            return new Addressed(Addressing.AXIS, axis);
        }

        @Override
        public Scattering opposite(Combine mode) {
            return new Scattering.ScatterSlices(axis, mode);
        }

        @Override
        public Set<Integer> weightOperands() {
            return Set.of(0);
        }

        static Stream<Example> examples() {
            Example.Operand twice = Example.fixed(Tensor.of(new long[] {1, -1, 1, 0}, 2, 2));
            return Stream.of(
                    Example.of(new Gather(0), Example.f32(5, 3), Example.indices(5, 4)),
                    Example.of(new Gather(1), Example.f32(2, 3, 4), twice),
                    Example.of(new Gather(-1), Example.f32(2, 3), Example.indices(3)),
                    Example.of(new Gather(0), Example.operand(DType.I64, 4), Example.indices(4, 2, 0)),
                    Example.of(
                            new Gather(0),
                            Example.f32(4, 2),
                            Example.operand(DType.I32, 3).in(-4, 4)));
        }
    }

    /// For each index, the element at its own place but for `axis`, where the index says. ONNX GatherElements,
    /// opset 13.
    record GatherElements(int axis) implements Indexing {
        @Override
        public Addressed addressed() {
            return new Addressed(Addressing.ELEMENTS, axis);
        }

        @Override
        public Scattering opposite(Combine mode) {
            return new Scattering.ScatterElements(axis, mode);
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new GatherElements(1), Example.f32(3, 4), Example.indices(4, 3, 2)),
                    Example.of(
                            new GatherElements(-2),
                            Example.f32(3, 4),
                            Example.operand(DType.I32, 5, 4).in(-3, 3)));
        }
    }

    /// Operand 0 at the points in the last axis of operand 1, after `batchDims` axes that both share. ONNX
    /// GatherND, opset 13.
    record GatherND(int batchDims) implements Indexing {
        @Override
        public Addressed addressed() {
            return new Addressed(Addressing.ND, batchDims);
        }

        @Override
        public Scattering opposite(Combine mode) {
            return new Scattering.ScatterND(batchDims, mode);
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new GatherND(0), Example.f32(3, 4, 2), Example.indices(3, 5, 2)),
                    Example.of(new GatherND(0), Example.f32(3, 3), Example.indices(3, 2, 4, 2)),
                    Example.of(new GatherND(1), Example.f32(2, 3, 4), Example.indices(3, 2, 2, 1)),
                    Example.of(new GatherND(1), Example.f32(2, 3), Example.indices(3, 2, 1)));
        }
    }
}
