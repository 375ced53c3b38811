package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Optional;

/// One step of training as a graph: (inputs, label, step, factors, variables) → (loss, length of the gradient, metrics,
/// variables′).
///
/// @param graph inputs and outputs in the order above
/// @param variables what a step reads and writes: parameters, running statistics, then the optimizer's state
/// @param factorType of the optimizer's factors, each a scalar
/// @param takesStep whether the number of the step is an input
record StepGraph(Graph graph, List<Variable> variables, DType factorType, boolean takesStep) {
    StepGraph {
        variables = List.copyOf(variables);
    }

    /// A tensor that steps change.
    ///
    /// @param name of the parameter; of its state, after a slash: `fc1.weight/mean`
    record Variable(String name, Kind kind, Tensor initial) {}

    /// What a variable is to the model.
    enum Kind {
        /// Learned.
        PARAMETER,
        /// Follows the data: the mean and variance of a batch normalisation.
        RUNNING,
        /// The optimizer's own.
        STATE
    }

    /// What a step is made of.
    ///
    /// @param form the model in training form
    /// @param output the value of it that the loss judges
    /// @param survey which parameters are trained
    /// @param label the type of labels
    /// @param clip the greatest length of the gradient of all parameters
    record Recipe(
            TrainingMode.Form form,
            Value output,
            Survey survey,
            Type label,
            Loss loss,
            List<Metric> metrics,
            Optimizer optimizer,
            Optional<Double> clip) {}

    static StepGraph of(Recipe recipe) {
        return new StepAssembly(recipe).assemble();
    }
}
