package dev.quern.train;

import dev.quern.expr.Expr;
import java.util.List;

/// How parameters move: element-wise expressions of a parameter, its gradient and state kept for it. They become part
/// of the graph of a training step, so an optimizer runs on any backend.
///
/// What depends on the step alone (bias corrections, the learning rate) is computed once a step in double and given to
/// the expressions as *factors*, rounded to the parameters' type.
public interface Optimizer {

    /// The learning rate that a [Schedule] starts from.
    double learningRate();

    /// Names of the tensors that are kept for each parameter, zeros at first.
    List<String> state();

    /// The factors of a step.
    ///
    /// @param step from 1
    /// @param learningRate the schedule's for this step
    double[] factors(long step, double learningRate);

    /// The parameter after the step, then its state, in the order of [#state].
    ///
    /// @param factors as many as [#factors(long, double)] gives, of the parameter's type
    List<Expr> update(Expr parameter, Expr gradient, List<Expr> state, List<Expr> factors);
}
