package dev.quern.train;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import java.util.ArrayList;
import java.util.List;

/// How parameters move: nodes that make a parameter after a step, and the state kept for it, of what they were before.
/// They become part of the graph of a training step, so an optimizer runs on any backend.
///
/// What depends on the step alone (bias corrections, the learning rate) is computed once a step in double and given to
/// the nodes as *factors*, rounded to the parameters' type. Most optimizers are an [ElementwiseOptimizer].
public interface Optimizer {

    /// The learning rate that a [Schedule] starts from.
    double learningRate();

    /// Whether this optimizer has a step for a parameter; all have but those for certain shapes.
    default boolean moves(Value parameter) {
        return true;
    }

    /// Names of the tensors that are kept for each parameter; they have its shape and are zeros at first.
    List<String> state();

    /// The factors of a step.
    ///
    /// @param step from 1
    /// @param learningRate the schedule's for this step
    double[] factors(long step, double learningRate);

    /// Adds the step of one parameter.
    ///
    /// @param gradient has the parameter's type
    /// @param factors scalars, as many as [#factors(long, double)] gives; `f64` where any trained parameter is
    /// @return the parameter after the step, then its state, in the order of [#state], all of the parameter's type
    List<Value> update(GraphBuilder g, Value parameter, Value gradient, List<Value> state, List<Value> factors);

    /// Adds the step of all parameters that this optimizer moves: of one after the other, unless the step of one
    /// depends
    /// on the others.
    ///
    /// @param gradients one for each parameter
    /// @param states the state of each parameter
    /// @return for each parameter what [#update(GraphBuilder, Value, Value, List, List)] gives
    default List<List<Value>> updateAll(
            GraphBuilder g,
            List<Value> parameters,
            List<Value> gradients,
            List<List<Value>> states,
            List<Value> factors) {
        List<List<Value>> moved = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            g.at(parameters.get(i).name());
            moved.add(update(g, parameters.get(i), gradients.get(i), states.get(i), factors));
        }
        return moved;
    }
}
