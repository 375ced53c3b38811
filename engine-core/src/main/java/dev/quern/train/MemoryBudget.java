package dev.quern.train;

import dev.quern.graph.Value;
import dev.quern.session.GraphRunner;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Finds out how much of a forward pass must be computed twice for a gradient to fit into memory.
///
/// @param bytes that the program of the gradient may plan
record MemoryBudget(long bytes) {
    private static final int MOST_PARTS = 64;

    /// The step that computes least again among those that fit.
    ///
    /// @throws DataException where none fits, or the graph runs in several pieces, whose memory is not known before
    StepGraph assembled(StepAssembly assembly, DataFit fit, Dataset data, ModelOptions options) {
        long least = Long.MAX_VALUE;
        long plain = 0;
        for (int parts = 1; parts <= MOST_PARTS; parts *= 2) {
            StepGraph step = assembly.assemble(parts);
            try (GraphRunner runner = GraphRunner.of(step.gradient(), options)) {
                long planned = runner.plannedBytes(operands(step, fit, data))
                        .orElseThrow(() -> new DataException("the memory of a step is not known before it has run,"
                                + " since some of its nodes run on the host: leave out the budget"));
                if (planned <= bytes) {
                    return step;
                }
                least = Math.min(least, planned);
                plain = parts == 1 ? planned : plain;
            }
        }
        throw new DataException("the gradient of a batch needs " + least + " bytes at least, and " + plain
                + " where nothing is computed twice; the budget is " + bytes + ": take smaller batches");
    }

    private static List<Tensor> operands(StepGraph step, DataFit fit, Dataset data) {
        Dataset.Batch batch = data.batch(data.epoch(1), 0);
        List<Tensor> operands = new ArrayList<>(fit.inputs(batch));
        if (step.takesStep()) {
            operands.add(Tensor.scalar(DType.I64, 1));
        }
        operands.add(batch.label());
        for (Value v : step.gradient()
                .inputs()
                .subList(operands.size(), step.gradient().inputs().size())) {
            operands.add(Tensor.zeros(v.dtype(), v.shape()));
        }
        return operands;
    }
}
