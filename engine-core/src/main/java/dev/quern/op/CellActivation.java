package dev.quern.op;

import dev.quern.expr.Expr;
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

    /// The function as an expression.
    Expr of(Expr x) {
        return switch (kind) {
            case RELU -> Activations.RELU.define(List.of(x));
            case TANH -> x.tanh();
            case SIGMOID -> x.sigmoid();
            case SOFTSIGN -> Activations.SOFTSIGN.define(List.of(x));
            case SOFTPLUS -> x.softplus();
            case AFFINE -> x.times(alpha).plus(beta);
            case LEAKYRELU -> new Activations.LeakyRelu(alpha).of(x);
            case THRESHOLDEDRELU -> new Activations.ThresholdedRelu(alpha).of(x);
            case SCALEDTANH -> x.times(beta).tanh().times(alpha);
            case HARDSIGMOID -> new Activations.HardSigmoid(alpha, beta).of(x);
            case ELU -> new Activations.Elu(alpha).of(x);
        };
    }
}
