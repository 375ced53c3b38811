package dev.quern.train;

import dev.quern.gradient.Expanded;
import dev.quern.gradient.Recomputation;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.ExprOp;
import dev.quern.op.Reduce;
import dev.quern.op.Shaping;
import dev.quern.rewrite.EarlierSlices;
import dev.quern.rewrite.PoolsFirst;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Puts the graphs of a step together.
///
/// @param form the model in training form
/// @param output the value of it that the loss judges
/// @param survey which parameters are learned, and where gradients stop
/// @param label the type of labels
/// @param accumulates whether gradients of several batches make one step
/// @param isShared whether several devices compute the gradient of a batch
/// @param precision where not all is computed in the types of the model
record StepAssembly(
        TrainingMode.Form form,
        Value output,
        Survey survey,
        Type label,
        Loss loss,
        List<Metric> metrics,
        UpdateRule rule,
        boolean accumulates,
        boolean isShared,
        Optional<MixedPrecision> precision) {

    /// @param parts into how many parts the model is cut whose inner values are computed twice; see [Recomputation]
    StepGraph assemble(int parts) {
        List<Value> trained = survey.trainable();
        DType factors = trained.stream().anyMatch(v -> v.dtype() == DType.F64) ? DType.F64 : DType.F32;
        List<Value> running =
                form.running().stream().map(TrainingMode.Running::parameter).toList();
        boolean isScaled = accumulates || rule.clips();
        UpdateAssembly update = new UpdateAssembly(rule, trained, factors, isScaled);
        Graph updated = update.assemble();
        return new StepGraph(
                gradient(trained, running, factors, parts),
                accumulates ? Optional.of(sum(trained, factors)) : Optional.empty(),
                isShared ? Optional.of(length(trained, factors)) : Optional.empty(),
                updated,
                variables(update, running),
                factors,
                form.step().isPresent(),
                isScaled);
    }

    /// Gradients of f16 can be too small for it, in a model of that type as in one that is trained in it.
    private boolean scalesLoss() {
        return precision.stream().anyMatch(p -> p.low() == DType.F16)
                || survey.trainable().stream().anyMatch(v -> v.dtype() == DType.F16);
    }

    private List<StepGraph.Variable> variables(UpdateAssembly update, List<Value> running) {
        List<StepGraph.Variable> variables = new ArrayList<>(update.variables(running));
        if (scalesLoss()) {
            variables.add(new StepGraph.Variable("loss_scale", StepGraph.Kind.SCALE, LossScale.initial()));
        }
        return variables;
    }

    private Graph gradient(List<Value> trained, List<Value> running, DType lengthType, int parts) {
        int data = form.graph().inputs().size() + 1;
        GraphBuilder g = new GraphBuilder("gradient");
        List<Integer> leaves =
                IntStream.range(data, data + trained.size()).boxed().toList();
        Graph forward = Expanded.of(new PoolsFirst().apply(new EarlierSlices().apply(forward(trained))), leaves);
        List<Value> arguments = inputs(g, forward.inputs());
        Optional<Value> scale =
                scalesLoss() ? Optional.of(g.input("loss_scale", Type.tensor(DType.F32))) : Optional.empty();
        DType lossType = forward.outputs().getFirst().dtype();
        Value seed = seed(g, lossType, scale);
        Recomputation.Result computed = Recomputation.of(g, forward, arguments, leaves, seed, survey.stops(), parts);
        List<Value> results = computed.outputs();
        List<Value> gradients = computed.gradients().stream()
                .map(v -> scale.map(by -> unscaled(g, v, by)).orElse(v))
                .toList();
        g.output("loss", results.getFirst());
        g.output("gradient_norm", length(g, gradients, lengthType));
        for (int i = 1; i <= metrics.size(); i++) {
            g.output(forward.outputNames().get(i), results.get(i));
        }
        for (int i = 0; i < trained.size(); i++) {
            g.output(trained.get(i).name() + "/gradient", gradients.get(i));
        }
        for (int i = 0; i < running.size(); i++) {
            g.output(running.get(i).name(), results.get(1 + metrics.size() + i));
        }
        return g.build();
    }

    /// What the gradient of the loss begins with.
    private Value seed(GraphBuilder g, DType type, Optional<Value> scale) {
        Optional<Value> up = scale.map(v -> v.dtype() == type ? v : g.apply(new Casting.Cast(type), v));
        if (isShared) {
            Value share = g.input("share", Type.tensor(type));
            return up.map(v -> g.apply(Arithmetic.MUL, v, share)).orElse(share);
        }
        return up.orElseGet(() -> g.scalar(type, 1));
    }

    private static Value unscaled(GraphBuilder g, Value gradient, Value scale) {
        return ExprOp.apply(g, "Unscale", a -> a.get(0).dividedBy(a.get(1).castTo(gradient.dtype())), gradient, scale);
    }

    private static List<Value> inputs(GraphBuilder g, List<Value> like) {
        return like.stream().map(v -> g.input(v.name(), v.type())).toList();
    }

    /// (inputs, label, parameters, running statistics) → (loss, metrics, running statistics′).
    private Graph forward(List<Value> trained) {
        GraphBuilder f = new GraphBuilder("forward");
        Map<Value, Value> to = new IdentityHashMap<>();
        form.graph().inputs().forEach(v -> to.put(v, f.input(v.name(), v.type())));
        Value expected = f.input("label", label);
        List<Value> masters = trained.stream()
                .map(v -> f.input(v.name(), MasterWeights.type(v)))
                .toList();
        form.running()
                .forEach(r -> to.put(
                        r.parameter(),
                        f.input(r.parameter().name(), r.parameter().type())));
        for (int i = 0; i < trained.size(); i++) {
            to.put(trained.get(i), MasterWeights.used(f, masters.get(i), trained.get(i)));
        }
        precision.ifPresentOrElse(p -> p.inline(f, form.graph(), to), () -> f.inline(form.graph(), to));
        Value judged = MasterWeights.inFull(f, to.getOrDefault(output, output));
        f.at("loss");
        f.output("loss", loss.of(f, judged, expected));
        for (Metric m : metrics) {
            f.at(m.name());
            f.output(m.name(), m.definition().of(f, judged, expected));
        }
        form.running().forEach(r -> f.output(r.parameter().name(), to.getOrDefault(r.updated(), r.updated())));
        return f.build();
    }

    private static Graph sum(List<Value> trained, DType lengthType) {
        GraphBuilder g = new GraphBuilder("sum");
        List<Value> before = trained.stream()
                .map(v -> g.input(v.name() + "/sum", MasterWeights.type(v)))
                .toList();
        List<Value> sums = new ArrayList<>();
        for (int i = 0; i < trained.size(); i++) {
            Value v = trained.get(i);
            sums.add(g.apply(Arithmetic.ADD, before.get(i), g.input(v.name() + "/gradient", MasterWeights.type(v))));
        }
        g.output("gradient_norm", length(g, sums, lengthType));
        for (int i = 0; i < trained.size(); i++) {
            g.output(trained.get(i).name() + "/sum", sums.get(i));
        }
        return g.build();
    }

    private static Graph length(List<Value> trained, DType lengthType) {
        GraphBuilder g = new GraphBuilder("length");
        List<Value> gradients = trained.stream()
                .map(v -> g.input(v.name() + "/gradient", MasterWeights.type(v)))
                .toList();
        g.output("gradient_norm", length(g, gradients, lengthType));
        return g.build();
    }

    /// √Σg² over all gradients.
    private static Value length(GraphBuilder g, List<Value> gradients, DType type) {
        g.at("gradient_norm");
        Reduce sumOfSquares = new Reduce(Reduce.Kind.SUM_SQUARE, false);
        List<Value> squares = gradients.stream()
                .map(StepAssembly::untransposed)
                .map(v -> v.dtype() == type ? v : g.apply(new Casting.Cast(type), v))
                .map(v -> g.apply(sumOfSquares, v))
                .toList();
        Value sum = squares.getFirst();
        for (Value next : squares.subList(1, squares.size())) {
            sum = g.apply(Arithmetic.ADD, sum, next);
        }
        return g.apply(Arithmetic.SQRT, sum);
    }

    /// The same elements in the order in which they were computed: a sum of squares does not ask for another.
    private static Value untransposed(Value v) {
        Value now = v;
        while (true) {
            Node maker = now.producer().orElse(null);
            if (maker == null || !(maker.op() instanceof Arranging.Transpose || maker.op() instanceof Shaping)) {
                return now;
            }
            now = maker.input(0);
        }
    }
}
