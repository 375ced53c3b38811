package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A recurrent layer over a sequence, in one direction or both. ONNX RNN, GRU and LSTM, opset 22.
///
/// Operands, f32, f64 or f16: X `[T,B,I]`, W `[D,G·H,I]`, R `[D,G·H,H]`, then those of [Given] that are there. Results:
/// Y `[T,D,B,H]`, the last state `[D,B,H]`, and for LSTM the last cell state; where `batchFirst`, X is `[B,T,I]`, Y
/// `[B,T,D,H]`, and states are `[B,D,H]`. Beyond a row's length Y is 0. Computed in double on the host; it has no
/// gradient yet.
///
/// @param activations functions of the first direction, then of the second
/// @param clip bound on the arguments of all functions, or 0
/// @param linearBeforeReset of GRU
/// @param inputForget of LSTM: the forget gate is 1 − the input gate
public record Recurrent(
        Cell cell,
        Direction direction,
        List<CellActivation> activations,
        double clip,
        boolean batchFirst,
        boolean linearBeforeReset,
        boolean inputForget,
        Set<Given> given)
        implements HostOp {

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
        return new Recurrent(cell, direction, all, 0, false, false, false, given);
    }

    @Override
    public String name() {
        return cell.name();
    }

    @Override
    public Set<Integer> weightOperands() {
        return given.contains(Given.BIAS) ? Set.of(1, 2, 3) : Set.of(1, 2);
    }

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(3 + given.size(), 3 + given.size());
        in.require(0, DType.F32, DType.F64, DType.F16);
        DType type = in.dtype(0);
        int states = cell == Cell.LSTM ? 2 : 1;
        Shape x = in.shape(0);
        Shape r = in.shape(2);
        if (!x.isRanked() || !r.isRanked()) {
            return Collections.nCopies(1 + states, Type.tensor(type, Shape.UNRANKED));
        }
        if (x.rank() != 3
                || r.rank() != 3
                || (in.shape(1).isRanked() && in.shape(1).rank() != 3)) {
            throw new ShapeException(
                    "X, W and R must have 3 axes, not " + in.tensor(0) + ", " + in.tensor(1) + " and " + in.tensor(2));
        }
        Dim time = x.dim(batchFirst ? 1 : 0);
        Dim batch = x.dim(batchFirst ? 0 : 1);
        Dim d = Dim.of(direction.count());
        Dim h = r.dim(2);
        Shape all = batchFirst ? Shape.of(batch, time, d, h) : Shape.of(time, d, batch, h);
        Shape last = batchFirst ? Shape.of(batch, d, h) : Shape.of(d, batch, h);
        List<Type> types = new ArrayList<>(List.of(Type.tensor(type, all)));
        types.addAll(Collections.nCopies(states, Type.tensor(type, last)));
        return types;
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        List<Tensor> operands = in.stream().map(Datum::asTensor).toList();
        RecurrentRun run = new RecurrentRun(this, operands);
        for (int d = 0; d < direction.count(); d++) {
            run.direction(d, direction == Direction.REVERSE || d == 1, host);
        }
        return List.copyOf(run.results());
    }

    static Stream<Example> examples() {
        return Stream.of(Cell.values()).flatMap(Recurrent::ofCell);
    }

    private static Stream<Example> ofCell(Cell cell) {
        int g = cell.gates;
        Set<Given> some = EnumSet.of(Given.BIAS, Given.LENGTHS, Given.STATE);
        Example.Operand lengths = Example.operand(DType.I32, 2).in(1, 5);
        Recurrent both = of(cell, Direction.BIDIRECTIONAL, some);
        Recurrent odd =
                new Recurrent(cell, Direction.REVERSE, cell.defaults(), 0.5, true, true, true, EnumSet.of(Given.BIAS));
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
        return Example.f32(dims).in(-1, 1).notDifferentiable();
    }

    int gates() {
        return cell.gates;
    }

    List<CellActivation> functions(int direction) {
        return activations.subList(direction * cell.functions, (direction + 1) * cell.functions);
    }
}
