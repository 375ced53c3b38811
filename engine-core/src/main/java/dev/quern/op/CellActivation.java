package dev.quern.op;

import dev.quern.tensor.ShapeException;
import java.util.Arrays;
import java.util.List;

/// A function inside a recurrent cell, by the names and defaults of ONNX RNN, GRU and LSTM.
///
/// @param alpha the first constant of those functions that have one
/// @param beta the second
public record CellActivation(Kind kind, double alpha, double beta) {
    /// The functions.
    public enum Kind {
        RELU(0, 0, 0),
        TANH(0, 0, 0),
        SIGMOID(0, 0, 0),
        SOFTSIGN(0, 0, 0),
        SOFTPLUS(0, 0, 0),
        /// αx + β.
        AFFINE(2, 1, 0),
        LEAKYRELU(1, 0.01, 0),
        /// x where x > α, else 0.
        THRESHOLDEDRELU(1, 1, 0),
        /// α tanh(βx).
        SCALEDTANH(2, 1, 1),
        /// min(max(αx + β, 0), 1).
        HARDSIGMOID(2, 0.2, 0.5),
        ELU(1, 1, 0);

        private final int constants;
        private final double alpha;
        private final double beta;

        Kind(int constants, double alpha, double beta) {
            this.constants = constants;
            this.alpha = alpha;
            this.beta = beta;
        }

        /// Whether the function has α.
        public boolean hasAlpha() {
            return constants > 0;
        }

        /// Whether the function has β.
        public boolean hasBeta() {
            return constants > 1;
        }

        /// The function called so, in any case.
        public static Kind of(String name) {
            return Arrays.stream(values())
                    .filter(k -> k.name().equalsIgnoreCase(name))
                    .findFirst()
                    .orElseThrow(() -> new ShapeException("the activation of a recurrent cell must be one of "
                            + List.of(values()) + ", not " + name));
        }

        /// The function with the standard's constants.
        public CellActivation plain() {
            return new CellActivation(this, alpha, beta);
        }
    }

    double of(double x) {
        return switch (kind) {
            case RELU -> Math.max(x, 0);
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case SOFTSIGN -> x / (1 + Math.abs(x));
            case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            case AFFINE -> alpha * x + beta;
            case LEAKYRELU -> x >= 0 ? x : alpha * x;
            case THRESHOLDEDRELU -> x > alpha ? x : 0;
            case SCALEDTANH -> alpha * Math.tanh(beta * x);
            case HARDSIGMOID -> Math.clamp(alpha * x + beta, 0.0, 1.0);
            case ELU -> x >= 0 ? x : alpha * Math.expm1(x);
        };
    }
}
