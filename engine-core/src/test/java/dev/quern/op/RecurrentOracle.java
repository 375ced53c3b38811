package dev.quern.op;

import dev.quern.op.Recurrent.Cell;
import dev.quern.op.Recurrent.Given;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// The plain meaning of a [Recurrent] layer: reads the operands, walks through time row by row, in double.
final class RecurrentOracle {
    private final Recurrent op;
    private final List<Tensor> in;
    private final int time;
    private final int batch;
    private final int inputs;
    private final int units;
    private final Tensor x;
    private final Tensor y;
    private final Tensor lastState;
    private final Tensor lastCell;

    RecurrentOracle(Recurrent op, List<Tensor> in) {
        this.op = op;
        this.in = in;
        x = in.getFirst();
        int[] dims = x.shape().intExtents();
        time = dims[op.batchFirst() ? 1 : 0];
        batch = dims[op.batchFirst() ? 0 : 1];
        inputs = dims[2];
        units = in.get(2).shape().intExtents()[2];
        int d = op.direction().count();
        y = op.batchFirst()
                ? Tensor.zeros(x.dtype(), batch, time, d, units)
                : Tensor.zeros(x.dtype(), time, d, batch, units);
        lastState =
                op.batchFirst() ? Tensor.zeros(x.dtype(), batch, d, units) : Tensor.zeros(x.dtype(), d, batch, units);
        lastCell = Tensor.zeros(x.dtype(), lastState.shape());
    }

    private Optional<Tensor> given(Given what) {
        if (!op.given().contains(what)) {
            return Optional.empty();
        }
        int before =
                (int) op.given().stream().filter(g -> g.compareTo(what) < 0).count();
        return Optional.of(in.get(3 + before));
    }

    static List<Tensor> of(Recurrent op, List<Tensor> in) {
        RecurrentOracle run = new RecurrentOracle(op, in);
        for (int d = 0; d < op.direction().count(); d++) {
            run.direction(d, op.direction() == Recurrent.Direction.REVERSE || d == 1);
        }
        return run.results();
    }

    private List<Tensor> results() {
        return op.cell() == Cell.LSTM ? List.of(y, lastState, lastCell) : List.of(y, lastState);
    }

    /// Walks one direction.
    private void direction(int d, boolean reverse) {
        int gates = op.gates() * units;
        double[][] w = transposed(in.get(1), d, inputs);
        double[] bias = new double[gates];
        double[] recurrentBias = new double[gates];
        given(Given.BIAS).ifPresent(b -> {
            for (int k = 0; k < gates; k++) {
                boolean inside = op.cell() == Cell.GRU && op.linearBeforeReset() && k >= 2 * units;
                double recurrent = b.getDouble((2 * d + 1) * gates + k);
                recurrentBias[k] = inside ? recurrent : 0;
                bias[k] = b.getDouble(2 * d * gates + k) + (inside ? 0 : recurrent);
            }
        });
        double[] peephole = given(Given.PEEPHOLES)
                .map(p -> row(p, d * 3 * units, 3 * units))
                .orElse(new double[0]);
        RecurrentStep cell =
                new RecurrentStep(op, op.functions(d), transposed(in.get(2), d, units), recurrentBias, peephole, units);
        for (int b = 0; b < batch; b++) {
            double[] h = state(Given.STATE, d, b);
            double[] c = state(Given.CELL_STATE, d, b);
            int at = b;
            int length = given(Given.LENGTHS).map(l -> (int) l.getLong(at)).orElse(time);
            for (int s = 0; s < length; s++) {
                int t = reverse ? length - 1 - s : s;
                double[] sums = bias.clone();
                addInput(t, b, w, sums);
                cell.step(sums, h, c);
                write(
                        y,
                        op.batchFirst()
                                ? (b * time + t) * op.direction().count() + d
                                : (t * op.direction().count() + d) * batch + b,
                        h);
            }
            write(lastState, stateRow(d, b), h);
            write(lastCell, stateRow(d, b), c);
        }
    }

    private void addInput(int t, int b, double[][] w, double[] sums) {
        int from = (op.batchFirst() ? b * time + t : t * batch + b) * inputs;
        for (int i = 0; i < inputs; i++) {
            double v = x.getDouble(from + i);
            double[] row = w[i];
            for (int k = 0; k < sums.length; k++) {
                sums[k] += v * row[k];
            }
        }
    }

    /// Direction `d` of weights `[D,G·H,columns]`, one array for each column.
    private double[][] transposed(Tensor weights, int d, int columns) {
        int gates = op.gates() * units;
        double[][] rows = new double[columns][gates];
        for (int k = 0; k < gates; k++) {
            for (int i = 0; i < columns; i++) {
                rows[i][k] = weights.getDouble((d * gates + k) * columns + i);
            }
        }
        return rows;
    }

    private int stateRow(int d, int b) {
        return op.batchFirst() ? b * op.direction().count() + d : d * batch + b;
    }

    private double[] state(Given what, int d, int b) {
        return given(what).map(s -> row(s, stateRow(d, b) * units, units)).orElseGet(() -> new double[units]);
    }

    private static double[] row(Tensor t, int from, int count) {
        double[] row = new double[count];
        for (int i = 0; i < count; i++) {
            row[i] = t.getDouble(from + i);
        }
        return row;
    }

    private static void write(Tensor t, int row, double[] values) {
        for (int i = 0; i < values.length; i++) {
            t.elements().set(row * values.length + i, values[i]);
        }
    }
}
