package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.ExprOp;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Puts the graph together that moves parameters.
///
/// @param factorType of scale and factors
/// @param isScaled whether gradients are multiplied with something
record UpdateAssembly(UpdateRule rule, List<Value> trained, DType factorType, boolean isScaled) {

    Graph assemble() {
        GraphBuilder g = new GraphBuilder("update");
        List<Value> parameters = inputs(g, "");
        List<Value> gradients = inputs(g, "/gradient");
        List<List<Value>> states = new ArrayList<>();
        for (Value v : trained) {
            List<Value> state = new ArrayList<>();
            for (String kept : optimizer(v).state()) {
                state.add(g.input(v.name() + "/" + kept, MasterWeights.type(v)));
            }
            states.add(state);
        }
        List<Value> averages = rule.average().isPresent() ? inputs(g, "/average") : List.of();
        Optional<Value> scale = isScaled ? Optional.of(scalar(g, "scale")) : Optional.empty();
        List<List<Value>> factors = factors(g);
        Optional<Value> averaging = averages.isEmpty() ? Optional.empty() : Optional.of(scalar(g, "averaging"));
        List<List<Value>> moved = new ArrayList<>(Collections.nCopies(trained.size(), List.of()));
        for (int group = 0; group < factors.size(); group++) {
            int chosen = group;
            List<Integer> own = IntStream.range(0, trained.size())
                    .filter(i -> rule.groups().indexOf(trained.get(i)) == chosen)
                    .boxed()
                    .toList();
            List<List<Value>> results = rule.groups()
                    .optimizer(group)
                    .updateAll(
                            g,
                            own.stream().map(parameters::get).toList(),
                            own.stream()
                                    .map(i -> scaled(g, i, gradients, scale))
                                    .toList(),
                            own.stream().map(states::get).toList(),
                            factors.get(group));
            for (int k = 0; k < own.size(); k++) {
                moved.set(own.get(k), results.get(k));
            }
        }
        for (int i = 0; i < trained.size(); i++) {
            g.output(trained.get(i).name(), moved.get(i).getFirst());
        }
        for (int i = 0; i < trained.size(); i++) {
            List<String> names = optimizer(trained.get(i)).state();
            for (int k = 0; k < names.size(); k++) {
                g.output(
                        trained.get(i).name() + "/" + names.get(k), moved.get(i).get(1 + k));
            }
        }
        for (int i = 0; i < averages.size(); i++) {
            g.at(trained.get(i).name());
            g.output(
                    trained.get(i).name() + "/average",
                    averaged(g, averages.get(i), moved.get(i).getFirst(), averaging.orElseThrow()));
        }
        return g.build();
    }

    /// What steps change, in the order in which the graph takes and gives them.
    ///
    /// @param running parameters that follow the data
    List<StepGraph.Variable> variables(List<Value> running) {
        List<StepGraph.Variable> variables = new ArrayList<>();
        for (Value v : trained) {
            variables.add(learned(v, "", StepGraph.Kind.PARAMETER));
        }
        for (Value v : running) {
            variables.add(new StepGraph.Variable(
                    v.name(), StepGraph.Kind.RUNNING, v.constant().orElseThrow()));
        }
        for (Value v : trained) {
            for (String kept : optimizer(v).state()) {
                variables.add(new StepGraph.Variable(
                        v.name() + "/" + kept,
                        StepGraph.Kind.STATE,
                        Tensor.zeros(MasterWeights.type(v).dtype(), v.shape())));
            }
        }
        if (rule.average().isPresent()) {
            for (Value v : trained) {
                variables.add(learned(v, "/average", StepGraph.Kind.AVERAGE));
            }
        }
        return variables;
    }

    private static StepGraph.Variable learned(Value v, String suffix, StepGraph.Kind kind) {
        return new StepGraph.Variable(v.name() + suffix, kind, MasterWeights.initial(v));
    }

    private Optimizer optimizer(Value parameter) {
        return rule.groups().optimizer(rule.groups().indexOf(parameter));
    }

    private List<Value> inputs(GraphBuilder g, String suffix) {
        return trained.stream()
                .map(v -> g.input(v.name() + suffix, MasterWeights.type(v)))
                .toList();
    }

    private Value scalar(GraphBuilder g, String name) {
        return g.input(name, Type.tensor(factorType));
    }

    private List<List<Value>> factors(GraphBuilder g) {
        List<List<Value>> factors = new ArrayList<>();
        double[][] counts = rule.groups().factors(1, 1);
        for (int group = 0; group < counts.length; group++) {
            List<Value> own = new ArrayList<>();
            for (int i = 0; i < counts[group].length; i++) {
                own.add(scalar(g, "factor" + group + "." + i));
            }
            factors.add(own);
        }
        return factors;
    }

    private Value scaled(GraphBuilder g, int i, List<Value> gradients, Optional<Value> scale) {
        Value gradient = gradients.get(i);
        g.at(trained.get(i).name());
        return scale.map(s ->
                        ExprOp.apply(g, "Scale", a -> a.get(0).times(a.get(1).castTo(gradient.dtype())), gradient, s))
                .orElse(gradient);
    }

    private static Value averaged(GraphBuilder g, Value average, Value parameter, Value share) {
        return ExprOp.apply(
                g,
                "Average",
                a -> a.get(0).plus(a.get(1).minus(a.get(0)).times(a.get(2).castTo(parameter.dtype()))),
                average,
                parameter,
                share);
    }
}
