package dev.quern.train;

import dev.quern.kernel.Program;
import dev.quern.session.GraphRunner;
import dev.quern.session.ModelOptions;
import java.util.Optional;
import java.util.function.ObjLongConsumer;

/// The graphs of a step that several devices share, ready to run on one backend, for all replicas there.
record StepPrograms(GraphRunner gradient, Optional<GraphRunner> sum, GraphRunner length, GraphRunner update)
        implements AutoCloseable {

    static StepPrograms of(StepGraph step, ModelOptions options, Optional<ObjLongConsumer<Program.Step>> profile) {
        return new StepPrograms(
                GraphRunner.of(step.gradient(), options, profile),
                step.sum().map(g -> GraphRunner.of(g, options, profile)),
                GraphRunner.of(step.length().orElseThrow(), options, profile),
                GraphRunner.of(step.update(), options, profile));
    }

    @Override
    public void close() {
        gradient.close();
        sum.ifPresent(GraphRunner::close);
        length.close();
        update.close();
    }
}
