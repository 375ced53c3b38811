package dev.quern.train;

import dev.quern.expr.Expr;
import dev.quern.gradient.Expanded;
import dev.quern.gradient.Gradient;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.ExprOp;
import dev.quern.op.ExprsOp;
import dev.quern.op.Reduce;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Puts a [StepGraph] together: model, loss, gradient, optimizer.
final class StepAssembly {
    private final StepGraph.Recipe recipe;
    private final List<Value> trained;
    private final DType factorType;
    private final GraphBuilder g = new GraphBuilder("step");
    private final List<StepGraph.Variable> variables = new ArrayList<>();
    private final List<Value> updated = new ArrayList<>();

    StepAssembly(StepGraph.Recipe recipe) {
        this.recipe = recipe;
        this.trained = recipe.survey().trainable();
        this.factorType = trained.stream().anyMatch(v -> v.dtype() == DType.F64) ? DType.F64 : DType.F32;
    }

    StepGraph assemble() {
        int data = recipe.form().graph().inputs().size() + 1;
        Graph plain = forward();
        Graph forward = Expanded.of(
                plain, IntStream.range(data, data + trained.size()).boxed().toList());
        List<Value> arguments = new ArrayList<>(inputs(forward.inputs().subList(0, data)));
        List<Value> factors = new ArrayList<>();
        for (int i = 0; i < recipe.optimizer().factors(1, 0).length; i++) {
            factors.add(g.input("factor" + i, Type.tensor(factorType)));
        }
        List<Value> parameters = inputs(trained);
        arguments.addAll(parameters);
        List<Value> followed = recipe.form().running().stream()
                .map(TrainingMode.Running::parameter)
                .toList();
        arguments.addAll(inputs(followed));
        List<Value> results = g.inline(forward, arguments);
        List<Value> gradients =
                Gradient.of(g, results.getFirst(), parameters, recipe.survey().stops());
        Value length = length(gradients);
        g.output("loss", results.getFirst());
        g.output("gradient_norm", length);
        int metrics = recipe.metrics().size();
        for (int i = 1; i <= metrics; i++) {
            g.output(forward.outputNames().get(i), results.get(i));
        }
        declare(StepGraph.Kind.PARAMETER, trained);
        declare(StepGraph.Kind.RUNNING, followed);
        update(parameters, gradients, results.subList(1 + metrics, results.size()), length, factors);
        for (int i = 0; i < variables.size(); i++) {
            g.output(variables.get(i).name(), updated.get(i));
        }
        return new StepGraph(
                g.build(), variables, factorType, recipe.form().step().isPresent());
    }

    private List<Value> inputs(List<Value> like) {
        return like.stream().map(v -> g.input(v.name(), v.type())).toList();
    }

    private void declare(StepGraph.Kind kind, List<Value> parameters) {
        for (Value v : parameters) {
            variables.add(new StepGraph.Variable(v.name(), kind, v.constant().orElseThrow()));
        }
    }

    /// (inputs, label, parameters, running statistics) → (loss, metrics, running statistics′).
    private Graph forward() {
        GraphBuilder f = new GraphBuilder("forward");
        Graph model = recipe.form().graph();
        Map<Value, Value> to = new IdentityHashMap<>();
        model.inputs().forEach(v -> to.put(v, f.input(v.name(), v.type())));
        Value label = f.input("label", recipe.label());
        trained.forEach(v -> to.put(v, f.input(v.name(), v.type())));
        List<TrainingMode.Running> running = recipe.form().running();
        running.forEach(r -> to.put(
                r.parameter(), f.input(r.parameter().name(), r.parameter().type())));
        f.inline(model, to);
        Value output = to.getOrDefault(recipe.output(), recipe.output());
        f.at("loss");
        f.output("loss", recipe.loss().of(f, output, label));
        for (Metric m : recipe.metrics()) {
            f.at(m.name());
            f.output(m.name(), m.definition().of(f, output, label));
        }
        running.forEach(r -> f.output(r.parameter().name(), to.getOrDefault(r.updated(), r.updated())));
        return f.build();
    }

    /// √Σg² over all gradients.
    private Value length(List<Value> gradients) {
        g.at("gradient_norm");
        Reduce sumOfSquares = new Reduce(Reduce.Kind.SUM_SQUARE, false);
        List<Value> squares = gradients.stream()
                .map(v -> v.dtype() == factorType ? v : g.apply(new Casting.Cast(factorType), v))
                .map(v -> g.apply(sumOfSquares, v))
                .toList();
        Value sum = squares.getFirst();
        for (Value next : squares.subList(1, squares.size())) {
            sum = g.apply(Arithmetic.ADD, sum, next);
        }
        return g.apply(Arithmetic.SQRT, sum);
    }

    private void update(
            List<Value> parameters, List<Value> gradients, List<Value> running, Value length, List<Value> factors) {
        Optional<Value> scale = recipe.clip().map(limit -> clipping(length, limit));
        List<Value> states = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            Value p = parameters.get(i);
            g.at(p.name());
            List<Value> state = new ArrayList<>();
            for (String kept : recipe.optimizer().state()) {
                state.add(g.input(p.name() + "/" + kept, p.type()));
                variables.add(new StepGraph.Variable(
                        p.name() + "/" + kept, StepGraph.Kind.STATE, Tensor.zeros(p.dtype(), p.shape())));
            }
            List<Value> results = step(p, gradients.get(i), scale, state, factors);
            updated.add(results.getFirst());
            states.addAll(results.subList(1, results.size()));
        }
        updated.addAll(running);
        updated.addAll(states);
    }

    /// What gradients are multiplied with so that their length is at most `limit`, as PyTorch's `clip_grad_norm_`.
    private Value clipping(Value length, double limit) {
        g.at("clip");
        return ExprOp.apply(
                g,
                "Clip",
                a -> a.getFirst().like(limit).dividedBy(a.getFirst().plus(1e-6)).min(1),
                length);
    }

    /// The parameter and its state after the step: one pass over memory.
    private List<Value> step(
            Value parameter, Value gradient, Optional<Value> scale, List<Value> state, List<Value> factors) {
        List<Value> operands = new ArrayList<>(List.of(parameter, gradient));
        operands.addAll(state);
        operands.addAll(factors);
        scale.ifPresent(operands::add);
        List<Expr> args = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            args.add(Expr.arg(i, operands.get(i).dtype()).castTo(parameter.dtype()));
        }
        int afterState = 2 + state.size();
        Expr slope = scale.isPresent() ? args.get(1).times(args.getLast()) : args.get(1);
        List<Expr> exprs = recipe.optimizer()
                .update(
                        args.getFirst(),
                        slope,
                        args.subList(2, afterState),
                        args.subList(afterState, afterState + factors.size()));
        String name = recipe.optimizer().getClass().getSimpleName();
        return g.apply(new ExprsOp(name, operands.size(), exprs), operands);
    }
}
