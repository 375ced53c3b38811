package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One step of a recurrent cell in one direction: the formulas of ONNX RNN, GRU and LSTM.
///
/// @param f the functions of the direction
/// @param r the recurrence weights, turned over once for all steps: `[H,G·H]`
/// @param recurrentBias `[G·H]`, added to the product with the state; of GRUs with `linearBeforeReset`
/// @param peepholes the weights `[H]` of an LSTM's cell state for the gates i, o, f, or none
record RecurrentCell(
        GraphBuilder g,
        Recurrent op,
        List<CellActivation> f,
        Value r,
        Optional<Value> recurrentBias,
        List<Value> peepholes) {

    /// The next state, of an LSTM the next cell state too.
    ///
    /// @param gates what input and bias give to each gate, `[B,G·H]`
    /// @param state `[B,H]`, of an LSTM with the cell state
    List<Value> step(Value gates, List<Value> state) {
        Value h = state.getFirst();
        return switch (op.cell()) {
            case RNN -> {
                Value sum = g.apply(Arithmetic.ADD, product(h, r), gates);
                yield List.of(ExprOp.apply(g, "RNN.h", a -> function(0, a.getFirst()), sum));
            }
            case GRU -> List.of(op.linearBeforeReset() ? resetAfter(gates, h) : resetBefore(gates, h));
            case LSTM -> lstm(g.apply(Arithmetic.ADD, product(h, r), gates), state.getLast());
        };
    }

    private Expr function(int i, Expr x) {
        double clip = op.clip();
        return f.get(i).of(clip > 0 ? x.max(-clip).min(clip) : x);
    }

    private Value product(Value state, Value weights) {
        return op.product(g, state, weights);
    }

    private List<Value> split(Value gates, int count) {
        return g.apply(new Joining.Split(1, count), List.of(gates));
    }

    /// Gates z, r, h; the reset gate weighs what the state gives to h.
    private Value resetAfter(Value gates, Value h) {
        Value product = product(h, r);
        List<Value> fromState = split(
                recurrentBias.map(b -> g.apply(Arithmetic.ADD, product, b)).orElse(product), 3);
        List<Value> fromInput = split(gates, 3);
        return ExprOp.apply(
                g,
                "GRU.h",
                a -> {
                    Expr reset = function(0, a.get(1).plus(a.get(4)));
                    Expr hidden = function(1, a.get(2).plus(reset.times(a.get(5))));
                    return blend(function(0, a.get(0).plus(a.get(3))), hidden, a.get(6));
                },
                fromInput.get(0),
                fromInput.get(1),
                fromInput.get(2),
                fromState.get(0),
                fromState.get(1),
                fromState.get(2),
                h);
    }

    /// Gates z, r, h; the reset gate weighs the state that gives to h.
    private Value resetBefore(Value gates, Value h) {
        List<Value> weights = g.apply(new Joining.Split(1, 3), List.of(r));
        List<Value> fromInput = split(gates, 3);
        Value reset = ExprOp.apply(
                g,
                "GRU.r",
                a -> function(0, a.get(0).plus(a.get(1))).times(a.get(2)),
                fromInput.get(1),
                product(h, weights.get(1)),
                h);
        return ExprOp.apply(
                g,
                "GRU.h",
                a -> blend(
                        function(0, a.get(0).plus(a.get(2))),
                        function(1, a.get(1).plus(a.get(3))),
                        a.get(4)),
                fromInput.get(0),
                fromInput.get(2),
                product(h, weights.get(0)),
                product(reset, weights.get(2)),
                h);
    }

    private static Expr blend(Expr update, Expr hidden, Expr h) {
        return update.like(1).minus(update).times(hidden).plus(update.times(h));
    }

    /// Gates i, o, f, c.
    private List<Value> lstm(Value gates, Value c) {
        List<Value> gate = split(gates, 4);
        List<Value> operands = new ArrayList<>(List.of(gate.get(0), gate.get(2), gate.get(3), c));
        if (!peepholes.isEmpty()) {
            operands.addAll(List.of(peepholes.get(0), peepholes.get(2)));
        }
        Value next = ExprOp.apply(
                g,
                "LSTM.c",
                a -> {
                    Expr in = function(0, peep(a.get(0), a, 4, a.get(3)));
                    Expr forget = op.inputForget() ? in.like(1).minus(in) : function(0, peep(a.get(1), a, 5, a.get(3)));
                    return forget.times(a.get(3)).plus(in.times(function(1, a.get(2))));
                },
                operands.toArray(Value[]::new));
        operands = new ArrayList<>(List.of(gate.get(1), next));
        if (!peepholes.isEmpty()) {
            operands.add(peepholes.get(1));
        }
        Value h = ExprOp.apply(
                g,
                "LSTM.h",
                a -> function(0, peep(a.get(0), a, 2, a.get(1))).times(function(2, a.get(1))),
                operands.toArray(Value[]::new));
        return List.of(h, next);
    }

    /// `gate` plus what the cell state gives to it by the weights that argument `weights` is, if it is there.
    private static Expr peep(Expr gate, List<Expr> args, int weights, Expr cellState) {
        return weights < args.size() ? gate.plus(args.get(weights).times(cellState)) : gate;
    }
}
