package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.kernel.View;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Images as columns of blocks, and back: convolutions whose weights let each element of a block through to a channel
/// of its own.
public sealed interface Unfolding extends PrimitiveOp {

    /// Columns [N, C · block, blocks] summed into images [N, C, spatial…], each element where its block lies.
    /// Operand 1 are the spatial extents of the images, operand 2 those of a block. ONNX Col2Im, opset 18.
    record Col2Im(Sliding sliding) implements Unfolding {
        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1, 2);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(3, 3);
            Shape columns = in.shape(0);
            if (columns.rank() != 3) {
                throw new ShapeException("columns [N, C · block, blocks] are needed, not " + in.tensor(0));
            }
            Optional<long[]> image = in.longs(1);
            Optional<long[]> block = in.longs(2);
            if (image.isEmpty()) {
                Dim axes = in.shape(1).dim(0);
                return List.of(axes.isFixed() ? Shape.ofRank(2 + (int) axes.extent()) : Shape.UNRANKED);
            }
            Dim channels = block.isEmpty()
                    ? Dim.UNKNOWN
                    : columns.dim(1).dividedBy(Arrays.stream(block.get()).reduce(1, (a, b) -> a * b));
            return List.of(Shape.of(columns.dim(0), channels).concat(Shape.of(image.get())));
        }

        /// The relation of one channel of the images with the blocks of it.
        private Correlation correlation(int[] columns, int[] image, long[] block) {
            int axes = block.length;
            int[] taps = Shape.of(block).intExtents();
            int[] outs = IntStream.range(0, axes)
                    .map(i -> (int) sliding.outputs(i, Dim.of(image[2 + i]), Dim.of(taps[i]), false)
                            .extent())
                    .toArray();
            int size = Arrays.stream(taps).reduce(1, (a, b) -> a * b);
            int blocks = Arrays.stream(outs).reduce(1, (a, b) -> a * b);
            if (columns[1] != image[1] * size || columns[2] != blocks) {
                throw new ShapeException("images " + Shape.of(image) + " have " + blocks + " blocks of " + size
                        + " elements a channel, unlike columns " + Shape.of(columns));
            }
            int[] x = Correlation.planes(image);
            int[] y = Axes.concat(new int[] {x[0], size}, outs);
            return Correlation.of(sliding, 1, x, Axes.concat(new int[] {size, 1}, taps), y);
        }

        /// For each channel of a column the tap that it stands for: [block, 1, taps…].
        private static Tensor weights(Tensor like, long[] block) {
            long[] dims = new long[block.length + 2];
            System.arraycopy(block, 0, dims, 2, block.length);
            dims[1] = 1;
            dims[0] = Arrays.stream(block).reduce(1, (a, b) -> a * b);
            Tensor unit = Tensor.zeros(like.dtype(), dims);
            for (int i = 0; i < dims[0]; i++) {
                unit.elements().set(i * (int) dims[0] + i, 1);
            }
            return unit;
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor columns = in.get(0);
            Shape shape = shapes(Operands.ofValues(in)).getFirst();
            long[] block = in.get(2).toLongs();
            Correlation c = correlation(columns.shape().intExtents(), shape.intExtents(), block);
            return List.of(Tensors.of(columns.dtype(), shape, c.inputs(columns, weights(columns, block))));
        }

        @Override
        public void gradient(Adjoint a) {
            if (a.wants(0)) {
                a.give(
                        0,
                        a.graph()
                                .apply(
                                        new Im2Col(this),
                                        a.cotangent(0).orElseThrow(),
                                        a.input(0),
                                        a.input(1),
                                        a.input(2)));
            }
        }

        @Override
        public void lower(Lowering l) {
            View out = l.output(0);
            long[] block = l.value(2).orElseThrow().toLongs();
            Correlation c = correlation(l.input(0).dims(), out.dims(), block);
            View columns = l.reshaped(0, Axes.concat(new int[] {c.batch(), c.outputs()}, c.out()));
            View weights = l.constant(weights(Tensor.zeros(out.dtype()), block));
            c.emitInputs(l, columns, weights, null, Strided.as(out, Correlation.planes(out.dims())));
        }

        static Stream<Example> examples() {
            Sliding uneven = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 0, 0, 1), List.of(2, 1), List.of(1, 2));
            return Stream.of(
                    Example.of(
                            new Col2Im(Sliding.PLAIN), Example.f32(1, 5, 5), Example.longs(5, 5), Example.longs(1, 5)),
                    Example.of(new Col2Im(uneven), Example.f32(2, 12, 6), Example.longs(4, 4), Example.longs(2, 2)),
                    Example.of(new Col2Im(Sliding.PLAIN), Example.f32(1, 4, 4), Example.longs(5), Example.longs(2)));
        }
    }

    /// The blocks of images [N, C, spatial…] as columns [N, C · block, blocks]: the adjoint of [Col2Im]. Operands:
    /// the images; columns, whose value is not read; then those of Col2Im from 1 on.
    record Im2Col(Col2Im back) implements Unfolding {
        @Override
        public Set<Integer> likeOperands() {
            return Set.of(1);
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(2, 3);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(4, 4);
            return List.of(in.shape(1));
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor image = in.get(0);
            long[] block = in.get(3).toLongs();
            Correlation c = back.correlation(
                    in.get(1).shape().intExtents(), image.shape().intExtents(), block);
            double[] columns = c.outputs(image, Col2Im.weights(image, block));
            return List.of(Tensors.of(image.dtype(), in.get(1).shape(), columns));
        }

        @Override
        public void gradient(Adjoint a) {
            if (a.wants(0)) {
                a.give(
                        0,
                        Shaping.like(
                                a.graph(),
                                a.graph().apply(back, a.cotangent(0).orElseThrow(), a.input(2), a.input(3)),
                                a.input(0)));
            }
        }

        @Override
        public void lower(Lowering l) {
            View image = l.input(0);
            View out = l.output(0);
            long[] block = l.value(3).orElseThrow().toLongs();
            Correlation c = back.correlation(out.dims(), image.dims(), block);
            View columns = Strided.as(out, Axes.concat(new int[] {c.batch(), c.outputs()}, c.out()));
            View weights = l.constant(Col2Im.weights(Tensor.zeros(out.dtype()), block));
            c.emitOutputs(l, l.reshaped(0, Correlation.planes(image.dims())), weights, null, columns);
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new Im2Col(new Col2Im(Sliding.of(List.of(1), List.of(2)))),
                    Example.f32(1, 2, 5),
                    Example.f32(1, 6, 3).notDifferentiable(),
                    Example.longs(5),
                    Example.longs(3)));
        }
    }
}
