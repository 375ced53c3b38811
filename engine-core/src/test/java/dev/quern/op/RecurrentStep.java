package dev.quern.op;

import java.util.List;

/// One step of a recurrent cell in one direction, for one row of a batch: the formulas of ONNX RNN, GRU and LSTM.
///
/// @param r the recurrence weights, transposed: row j is what unit j of the state gives to each gate
/// @param recurrentBias the part of the bias that a GRU with `linearBeforeReset` adds inside the reset, else zeros
/// @param peephole weights of an LSTM's cell state for the gates i, o, f, or empty
record RecurrentStep(
        Recurrent op, List<CellActivation> f, double[][] r, double[] recurrentBias, double[] peephole, int units) {

    /// Advances `h` and, of an LSTM, `c`.
    ///
    /// @param gates what input and bias give to each gate; overwritten
    void step(double[] gates, double[] h, double[] c) {
        switch (op.cell()) {
            case RNN -> {
                accumulate(h, gates, 0, units);
                apply(f.get(0), gates, 0, units);
                System.arraycopy(gates, 0, h, 0, units);
            }
            case GRU -> gru(gates, h);
            case LSTM -> lstm(gates, h, c);
        }
    }

    /// Adds what the state gives to gates `from` to `to`.
    private void accumulate(double[] state, double[] gates, int from, int to) {
        for (int j = 0; j < units; j++) {
            double s = state[j];
            double[] row = r[j];
            for (int k = from; k < to; k++) {
                gates[k] += s * row[k];
            }
        }
    }

    private void apply(CellActivation function, double[] x, int from, int to) {
        double clip = op.clip();
        for (int k = from; k < to; k++) {
            x[k] = of(function, clip > 0 ? Math.clamp(x[k], -clip, clip) : x[k]);
        }
    }

    /// Gates z, r, h.
    private void gru(double[] gates, double[] h) {
        accumulate(h, gates, 0, 2 * units);
        apply(f.get(0), gates, 0, 2 * units);
        double[] hidden = new double[3 * units];
        if (op.linearBeforeReset()) {
            accumulate(h, hidden, 2 * units, 3 * units);
            for (int k = 0; k < units; k++) {
                gates[2 * units + k] += gates[units + k] * (hidden[2 * units + k] + recurrentBias[2 * units + k]);
            }
        } else {
            double[] reset = new double[units];
            for (int k = 0; k < units; k++) {
                reset[k] = gates[units + k] * h[k];
            }
            accumulate(reset, gates, 2 * units, 3 * units);
        }
        apply(f.get(1), gates, 2 * units, 3 * units);
        for (int k = 0; k < units; k++) {
            h[k] = (1 - gates[k]) * gates[2 * units + k] + gates[k] * h[k];
        }
    }

    /// Gates i, o, f, c.
    private void lstm(double[] gates, double[] h, double[] c) {
        accumulate(h, gates, 0, 4 * units);
        peep(gates, c, 0, 0);
        peep(gates, c, 2, 2);
        apply(f.get(0), gates, 0, units);
        apply(f.get(0), gates, 2 * units, 3 * units);
        apply(f.get(1), gates, 3 * units, 4 * units);
        for (int k = 0; k < units; k++) {
            double forget = op.inputForget() ? 1 - gates[k] : gates[2 * units + k];
            c[k] = forget * c[k] + gates[k] * gates[3 * units + k];
        }
        peep(gates, c, 1, 1);
        apply(f.get(0), gates, units, 2 * units);
        double[] out = c.clone();
        apply(f.get(2), out, 0, units);
        for (int k = 0; k < units; k++) {
            h[k] = gates[units + k] * out[k];
        }
    }

    private void peep(double[] gates, double[] c, int gate, int part) {
        if (peephole.length > 0) {
            for (int k = 0; k < units; k++) {
                gates[gate * units + k] += peephole[part * units + k] * c[k];
            }
        }
    }

    private static double of(CellActivation f, double x) {
        return switch (f.kind()) {
            case RELU -> Math.max(x, 0);
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case SOFTSIGN -> x / (1 + Math.abs(x));
            case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            case AFFINE -> f.alpha() * x + f.beta();
            case LEAKYRELU -> x >= 0 ? x : f.alpha() * x;
            case THRESHOLDEDRELU -> x > f.alpha() ? x : 0;
            case SCALEDTANH -> f.alpha() * Math.tanh(f.beta() * x);
            case HARDSIGMOID -> Math.clamp(f.alpha() * x + f.beta(), 0.0, 1.0);
            case ELU -> x >= 0 ? x : f.alpha() * Math.expm1(x);
        };
    }
}
