package dev.quern.train;

import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Makes the steps of a training: the gradients of the batches of a step, then its update.
sealed interface Steps extends AutoCloseable permits StepRunner, ParallelSteps {

    /// Rows of a batch, as the model takes them.
    record Part(List<Tensor> inputs, Tensor label) {}

    /// What a batch gives.
    record Outcome(double loss, Map<String, Double> metrics) {}

    /// Into how many parts a batch is divided at most.
    int devices();

    /// Computes the gradient of a batch.
    ///
    /// @param number of the batch in the training, from 1: decides what dropout drops
    /// @param parts the batch: as many parts as there are devices, fewer where it has fewer rows
    /// @param first whether no other batch of the step went before; else the gradient is added to theirs
    /// @throws DivergedException where loss, gradient or running statistics are no finite numbers; the variables
    ///     are then as before
    Outcome gradient(long number, List<Part> parts, boolean first);

    /// The length of the gradient of all parameters, after the last batch of a step; of the sum, where batches were
    /// added.
    ///
    /// @throws DivergedException where that is no finite number
    double length();

    /// Moves the parameters, as a whole: nothing stops it.
    ///
    /// @param scalars what the update takes beside tensors, in its order
    void update(double... scalars);

    /// Begins from what the variables are now.
    void take();

    /// Brings the variables up to date.
    void collect();

    @Override
    void close();
}
