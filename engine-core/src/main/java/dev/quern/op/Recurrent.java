package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A recurrent layer over a sequence, in one direction or both. ONNX RNN, GRU and LSTM, opset 22.
///
/// Operands, floats of 16 bits and more: X `[T,B,I]`, W `[D,G·H,I]`, R `[D,G·H,H]`, then those of [Given] that are
/// there. Results: Y `[T,D,B,H]`, the last state `[D,B,H]`, and for LSTM the last cell state; where `batchFirst`, X is
/// `[B,T,I]`, Y `[B,T,D,H]`, and states are `[B,D,H]`. Beyond a row's length Y is 0. It stands for T steps, one after
/// another, so it is expanded once T is known.
///
/// @param activations functions of the first direction, then of the second
/// @param clip bound on the arguments of all functions, or 0
/// @param linearBeforeReset of GRU
/// @param inputForget of LSTM: the forget gate is 1 − the input gate
/// @param roundedOperands what is multiplied by weights goes through 8-bit integers first: X as a whole, the state at
///     each step, with the scale that [DynamicQuantizeLinear] finds; ONNX Runtime's DynamicQuantizeLSTM
public record Recurrent(
        Cell cell,
        Direction direction,
        List<CellActivation> activations,
        double clip,
        boolean batchFirst,
        boolean linearBeforeReset,
        boolean inputForget,
        boolean roundedOperands,
        Set<Given> given)
        implements CompositeOp {

    /// The three cells of ONNX.
    public enum Cell {
        RNN(1, 1),
        GRU(3, 2),
        LSTM(4, 3);

        private final int gates;
        private final int functions;

        Cell(int gates, int functions) {
            this.gates = gates;
            this.functions = functions;
        }

        /// The functions of one direction where a model names none.
        public List<CellActivation> defaults() {
            CellActivation sigmoid = CellActivation.Kind.SIGMOID.plain();
            CellActivation tanh = CellActivation.Kind.TANH.plain();
            return switch (this) {
                case RNN -> List.of(tanh);
                case GRU -> List.of(sigmoid, tanh);
                case LSTM -> List.of(sigmoid, tanh, tanh);
            };
        }
    }

    /// Which way the sequence is read.
    public enum Direction {
        FORWARD,
        REVERSE,
        BIDIRECTIONAL;

        /// How many directions this is.
        public int count() {
            return this == BIDIRECTIONAL ? 2 : 1;
        }
    }

    /// Operands that may be left out, in their order.
    public enum Given {
        /// `[D,2·G·H]`.
        BIAS,
        /// `i32[B]`.
        LENGTHS,
        /// `[D,B,H]`.
        STATE,
        /// `[D,B,H]`.
        CELL_STATE,
        /// `[D,3·H]`.
        PEEPHOLES
    }

    public Recurrent {
        activations = List.copyOf(activations);
        given = Set.copyOf(given);
        if (activations.size() != direction.count() * cell.functions) {
            throw new ShapeException(cell + " " + direction + " has " + direction.count() * cell.functions
                    + " activations, not " + activations.size());
        }
    }

    /// The cell with its usual functions.
    public static Recurrent of(Cell cell, Direction direction, Set<Given> given) {
        List<CellActivation> all = Collections.nCopies(direction.count(), cell.defaults()).stream()
                .flatMap(List::stream)
                .toList();
        return new Recurrent(cell, direction, all, 0, false, false, false, false, given);
    }

    @Override
    public String name() {
        return roundedOperands ? "DynamicQuantize" + cell : cell.name();
    }

    @Override
    public Set<Integer> weightOperands() {
        return given.contains(Given.BIAS) ? Set.of(1, 2, 3) : Set.of(1, 2);
    }

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(3 + given.size(), 3 + given.size());
        in.require(0, DType.F32, DType.F64, DType.F16, DType.BF16);
        DType type = in.dtype(0);
        int states = cell == Cell.LSTM ? 2 : 1;
        Shape x = in.shape(0);
        Shape r = in.shape(2);
        if (!x.isRanked() || !r.isRanked()) {
            return Collections.nCopies(1 + states, Type.tensor(type, Shape.UNRANKED));
        }
        if (x.rank() != 3 || r.rank() != 3) {
            throw new ShapeException("X and R must have 3 axes, not " + in.tensor(0) + " and " + in.tensor(2));
        }
        Dim time = x.dim(batchFirst ? 1 : 0);
        Dim batch = x.dim(batchFirst ? 0 : 1);
        Dim d = Dim.of(direction.count());
        Dim h = r.dim(2);
        requireShapes(in, batch, x.dim(2), d, h);
        Shape all = batchFirst ? Shape.of(batch, time, d, h) : Shape.of(time, d, batch, h);
        Shape last = batchFirst ? Shape.of(batch, d, h) : Shape.of(d, batch, h);
        List<Type> types = new ArrayList<>(List.of(Type.tensor(type, all)));
        types.addAll(Collections.nCopies(states, Type.tensor(type, last)));
        return types;
    }

    private void requireShapes(Operands in, Dim batch, Dim inputs, Dim d, Dim h) {
        require(in, 1, "W", d, h.times(cell.gates), inputs);
        require(in, 2, "R", d, h.times(cell.gates), h);
        Dim[] state = batchFirst ? new Dim[] {batch, d, h} : new Dim[] {d, batch, h};
        for (Given g : Given.values()) {
            if (given.contains(g)) {
                switch (g) {
                    case BIAS -> require(in, place(g), "B", d, h.times(2L * cell.gates));
                    case LENGTHS -> require(in, place(g), "sequence_lens", batch);
                    case STATE -> require(in, place(g), "initial_h", state);
                    case CELL_STATE -> require(in, place(g), "initial_c", state);
                    case PEEPHOLES -> require(in, place(g), "P", d, h.times(3));
                }
            }
        }
    }

    private static void require(Operands in, int i, String what, Dim... dims) {
        Shape wanted = Shape.of(List.of(dims));
        Shape got = in.shape(i);
        boolean fits = !got.isRanked() || got.rank() == wanted.rank();
        for (int axis = 0; fits && got.isRanked() && axis < dims.length; axis++) {
            fits = !got.dim(axis).isFixed()
                    || !dims[axis].isFixed()
                    || got.dim(axis).equals(dims[axis]);
        }
        if (!fits) {
            throw new ShapeException(what + " must have the shape " + wanted + ", not " + got);
        }
    }

    /// Which operand `what` is.
    int place(Given what) {
        return 3 + (int) given.stream().filter(g -> g.compareTo(what) < 0).count();
    }

    /// The number of steps and the sizes of the weights must be known.
    @Override
    public boolean isExpandable(Operands in) {
        return in.shape(0).isRanked()
                && in.shape(0).dim(batchFirst ? 1 : 0).isFixed()
                && in.shape(1).isConcrete()
                && in.shape(2).isConcrete();
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        return new RecurrentExpansion(g, this, in).results();
    }

    /// What input or state give to gates.
    Value product(GraphBuilder g, Value x, Value weights) {
        return g.apply(new Products.MatMul(), roundedOperands ? rounded(g, x) : x, weights);
    }

    /// `x` through 8 bits and back; gradients pass ([StraightThrough]).
    private static Value rounded(GraphBuilder g, Value x) {
        List<Value> bits = g.apply(new DynamicQuantizeLinear(), List.of(x));
        Value back = g.apply(new Quantization.DequantizeLinear(DType.F32), bits).getFirst();
        return g.apply(new StraightThrough(DType.U8), back, x, bits.get(1), bits.get(2));
    }

    static Stream<Example> examples() {
        return Stream.of(Cell.values()).flatMap(Recurrent::ofCell);
    }

    private static Stream<Example> ofCell(Cell cell) {
        int g = cell.gates;
        Set<Given> some = EnumSet.of(Given.BIAS, Given.LENGTHS, Given.STATE);
        Example.Operand lengths = Example.operand(DType.I32, 2).in(1, 5);
        Recurrent both = of(cell, Direction.BIDIRECTIONAL, some);
        Recurrent odd = new Recurrent(
                cell, Direction.REVERSE, cell.defaults(), 0.5, true, true, true, false, EnumSet.of(Given.BIAS));
        Stream<Example> all = Stream.of(
                Example.of(of(cell, Direction.FORWARD, Set.of()), f32(5, 2, 3), f32(1, 4L * g, 3), f32(1, 4L * g, 4)),
                Example.of(
                        both,
                        f32(5, 2, 3),
                        f32(2, 4L * g, 3),
                        f32(2, 4L * g, 4),
                        f32(2, 8L * g),
                        lengths,
                        f32(2, 2, 4)),
                Example.of(odd, f32(2, 5, 3), f32(1, 4L * g, 3), f32(1, 4L * g, 4), f32(1, 8L * g)));
        Stream<Example> peepholes = Stream.of(Example.of(
                        of(
                                cell,
                                Direction.FORWARD,
                                EnumSet.of(Given.BIAS, Given.STATE, Given.CELL_STATE, Given.PEEPHOLES)),
                        f32(3, 1, 2),
                        f32(1, 4L * g, 2),
                        f32(1, 4L * g, 4),
                        f32(1, 8L * g),
                        f32(1, 1, 4),
                        f32(1, 1, 4),
                        f32(1, 12)))
                .filter(e -> cell == Cell.LSTM);
        return Stream.concat(all, peepholes);
    }

    private static Example.Operand f32(long... dims) {
        return Example.f32(dims).in(-1, 1);
    }

    int gates() {
        return cell.gates;
    }

    List<CellActivation> functions(int direction) {
        return activations.subList(direction * cell.functions, (direction + 1) * cell.functions);
    }
}
