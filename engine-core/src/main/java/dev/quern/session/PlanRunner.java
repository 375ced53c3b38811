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
import java.util.function.BiConsumer;

/// Runs a plan step by step. Immutable after construction, so runs are concurrent.
final class PlanRunner implements AutoCloseable {
    private final Plan plan;
    private final Bodies bodies;
    private final List<Step> steps = new ArrayList<>();

    private sealed interface Step {}

    private record OfRegion(RegionRunner runner) implements Step {}

    private record OfHost(Node node) implements Step {}

    PlanRunner(Plan plan, ModelOptions options, Bodies bodies) {
        this.plan = plan;
        this.bodies = bodies;
        Compiler compiler = new Compiler(plan.graph());
        for (Plan.Step s : plan.steps()) {
            steps.add(
                    switch (s) {
                        case Plan.Region r -> new OfRegion(new RegionRunner(r, compiler, options));
                        case Plan.HostStep h -> new OfHost(h.node());
                    });
        }
    }

    Graph graph() {
        return plan.graph();
    }

    /// The region that is the whole plan, if it is one.
    java.util.Optional<RegionRunner> onlyRegion() {
        return plan.isOneRegion() && steps.getFirst() instanceof OfRegion r
                ? java.util.Optional.of(r.runner())
                : java.util.Optional.empty();
    }

    List<Datum> run(List<? extends Datum> inputs, RunControl control) {
        return run(inputs, control, Map.of(), (value, datum) -> {});
    }

    /// @param given where the caller wants results of regions, by their value; the others are new
    /// @param trace is told every value that leaves a step
    List<Datum> run(
            List<? extends Datum> inputs,
            RunControl control,
            Map<Value, Tensor> given,
            BiConsumer<Value, Datum> trace) {
        Map<Value, Datum> values = new IdentityHashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            values.put(graph().inputs().get(i), inputs.get(i));
        }
        for (Step s : steps) {
            control.check();
            switch (s) {
                case OfRegion(RegionRunner runner) -> {
                    List<Tensor> in = new ArrayList<>();
                    for (Value v : runner.region().inputs()) {
                        in.add(get(values, v).asTensor());
                    }
                    put(values, runner.region().outputs(), runner.run(in, control, given), trace);
                }
                case OfHost(Node node) -> {
                    List<Datum> in = new ArrayList<>();
                    for (Value v : node.inputs()) {
                        in.add(get(values, v));
                    }
                    put(values, node.outputs(), onHost(node, in, control), trace);
                }
            }
        }
        List<Datum> out = new ArrayList<>();
        for (Value v : graph().outputs()) {
            out.add(get(values, v));
        }
        return out;
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

    private static void put(
            Map<Value, Datum> values,
            List<Value> names,
            List<? extends Datum> results,
            BiConsumer<Value, Datum> trace) {
        for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), results.get(i));
            trace.accept(names.get(i), results.get(i));
        }
    }

    private static Datum get(Map<Value, Datum> values, Value v) {
        if (v.definition() instanceof Value.Constant c) {
            return c.tensor();
        }
        Datum d = values.get(v);
        if (d == null) {
            throw new IllegalStateException("value %" + v.name() + " is used before it is computed");
        }
        return d;
    }

    /// Returns when the fast kernels of every program made so far are in.
    void awaitReady() throws InterruptedException {
        for (Step s : steps) {
            if (s instanceof OfRegion(RegionRunner runner)) {
                runner.awaitReady();
            }
        }
    }

    @Override
    public void close() {
        for (Step s : steps) {
            if (s instanceof OfRegion(RegionRunner runner)) {
                runner.close();
            }
        }
    }
}
