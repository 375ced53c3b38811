package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// One step of training as graphs. Between the first and the last of them the loop sees whether loss and gradients are
/// sound, so that an update is made as a whole or not at all.
///
/// @param gradient (inputs, step, label, parameters, running statistics, scale of the loss) → (loss, length of the
///     gradient, metrics, gradients, running statistics′)
/// @param sum (sums of gradients, gradients) → (length of the sums′, sums′), where gradients are accumulated
/// @param length (gradients) → length of them; where devices share the batches, and then the gradient takes the share
///     that the loss has in that of the batch, as its last input
/// @param update (parameters, gradients, state, averages, scale of the gradients, factors of the optimizers) →
///     (parameters′, state′, averages′); each result may be written over what it takes the place of
/// @param variables what steps change, in the order of their kinds
/// @param factorType of scale and factors, each a scalar
/// @param takesStep whether the number of the batch is an input
/// @param isScaled whether there is a scale of the gradients
record StepGraph(
        Graph gradient,
        Optional<Graph> sum,
        Optional<Graph> length,
        Graph update,
        List<Variable> variables,
        DType factorType,
        boolean takesStep,
        boolean isScaled) {
    StepGraph {
        variables = List.copyOf(variables);
    }

    /// A tensor that steps change.
    ///
    /// @param name of the parameter; of what is kept for it, after a slash: `fc1.weight/mean`
    /// @param initial what it is before the first step
    record Variable(String name, Kind kind, Tensor initial) {}

    /// What a variable is to the model.
    enum Kind {
        /// Learned.
        PARAMETER,
        /// Follows the data: the mean and variance of a batch normalisation.
        RUNNING,
        /// The optimizer's own.
        STATE,
        /// The scale of the loss, and batches since it changed.
        SCALE,
        /// The moving average of a parameter, which becomes the parameter of the trained model.
        AVERAGE
    }
}
