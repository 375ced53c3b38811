package dev.quern.session;

import dev.quern.backend.RunControl;
import dev.quern.compile.Compiler;
import dev.quern.compile.Plan;
import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.HostOp;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Runs a plan step by step. Immutable after construction, so runs are concurrent.
final class PlanRunner implements AutoCloseable {
    private final Plan plan;
    private final Bodies bodies;
    private final List<Step> steps = new ArrayList<>();

    /// Every value of the plan by number, so that a run looks nothing up.
    private final List<Value> values = new ArrayList<>();

    private final Compiler compiler;
    private final int[] inputs;
    private final int[] outputs;

    private sealed interface Step {}

    private record OfRegion(RegionRunner runner, int[] in, int[] out) implements Step {}

    private record OfHost(Node node, int[] in, int[] out) implements Step {}

    PlanRunner(Plan plan, ModelOptions options, Bodies bodies) {
        this.plan = plan;
        this.bodies = bodies;
        this.compiler = new Compiler(plan.graph());
        Map<Value, Integer> numbers = new IdentityHashMap<>();
        this.inputs = number(plan.graph().inputs(), numbers);
        for (Plan.Step s : plan.steps()) {
            steps.add(
                    switch (s) {
                        case Plan.Region r ->
                            new OfRegion(
                                    new RegionRunner(r, compiler, options),
                                    number(r.inputs(), numbers),
                                    number(r.outputs(), numbers));
                        case Plan.HostStep h ->
                            new OfHost(
                                    h.node(),
                                    number(h.node().inputs(), numbers),
                                    number(h.node().outputs(), numbers));
                    });
        }
        this.outputs = number(plan.graph().outputs(), numbers);
    }

    private int[] number(List<Value> some, Map<Value, Integer> numbers) {
        return some.stream()
                .mapToInt(v -> numbers.computeIfAbsent(v, key -> {
                    values.add(key);
                    return values.size() - 1;
                }))
                .toArray();
    }

    Graph graph() {
        return plan.graph();
    }

    /// The region that is the whole plan, if it is one.
    Optional<RegionRunner> onlyRegion() {
        return plan.isOneRegion() && steps.getFirst() instanceof OfRegion r
                ? Optional.of(r.runner())
                : Optional.empty();
    }

    List<Datum> run(List<? extends Datum> given, RunControl control) {
        return run(given, control, Map.of(), null);
    }

    /// @param given the values of the graph's inputs
    /// @param places where the caller wants results of regions, by their value; the others are new
    /// @param trace is told every value that leaves a step
    List<Datum> run(
            List<? extends Datum> given,
            RunControl control,
            Map<Value, Tensor> places,
            @Nullable BiConsumer<Value, Datum> trace) {
        @Nullable Datum[] data = new Datum[values.size()];
        for (int i = 0; i < inputs.length; i++) {
            data[inputs[i]] = given.get(i);
        }
        for (Step s : steps) {
            control.check();
            switch (s) {
                case OfRegion(RegionRunner runner, int[] in, int[] out) -> {
                    List<Tensor> read = new ArrayList<>(in.length);
                    for (int v : in) {
                        read.add(get(data, v).asTensor());
                    }
                    put(data, out, runner.run(read, control, places), trace);
                }
                case OfHost(Node node, int[] in, int[] out) -> {
                    List<Datum> read = new ArrayList<>(in.length);
                    for (int v : in) {
                        read.add(get(data, v));
                    }
                    put(data, out, onHost(node, read, control), trace);
                }
            }
        }
        List<Datum> results = new ArrayList<>(outputs.length);
        for (int v : outputs) {
            results.add(get(data, v));
        }
        return results;
    }

    private List<Datum> onHost(Node node, List<Datum> in, RunControl control) {
        try {
            return node.op() instanceof HostOp op
                    ? op.evaluate(bodies.host(control), in)
                    : new Evaluator().evaluate(node.op(), in);
        } catch (dev.quern.tensor.ShapeException e) {
            throw e.at(node.title());
        }
    }

    private void put(
            @Nullable Datum[] data,
            int[] numbers,
            List<? extends Datum> results,
            @Nullable BiConsumer<Value, Datum> trace) {
        for (int i = 0; i < numbers.length; i++) {
            data[numbers[i]] = results.get(i);
            if (trace != null) {
                trace.accept(values.get(numbers[i]), results.get(i));
            }
        }
    }

    private Datum get(@Nullable Datum[] data, int number) {
        Datum d = data[number];
        if (d != null) {
            return d;
        }
        Value v = values.get(number);
        if (v.definition() instanceof Value.Constant c) {
            return c.tensor();
        }
        throw new IllegalStateException("value %" + v.name() + " is used before it is computed");
    }

    /// Returns when the fast kernels of every program made so far are in.
    void awaitReady() throws InterruptedException {
        for (Step s : steps) {
            if (s instanceof OfRegion r) {
                r.runner().awaitReady();
            }
        }
    }

    @Override
    public void close() {
        for (Step s : steps) {
            if (s instanceof OfRegion r) {
                r.runner().close();
            }
        }
        compiler.releaseConstants();
    }
}
