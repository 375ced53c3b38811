package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Recurrent.Cell;
import dev.quern.op.Recurrent.Direction;
import dev.quern.op.Recurrent.Given;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// A [Recurrent] layer as the steps that it stands for. What the input gives to the gates is one product over all
/// steps;
/// f16 is computed in f32.
final class RecurrentExpansion {
    private final GraphBuilder g;
    private final Recurrent op;
    private final List<Value> in;
    private final int time;
    private final Value x;

    /// What one direction gives: Y `[T,1,B,H]`, and the last states, each `[1,B,H]`.
    private record Walk(Value y, List<Value> last) {}

    RecurrentExpansion(GraphBuilder g, Recurrent op, List<Value> in) {
        this.g = g;
        this.op = op;
        this.in = in;
        this.x = op.batchFirst() ? swapped(computed(in.getFirst())) : computed(in.getFirst());
        this.time = Math.toIntExact(x.shape().dim(0).extent());
    }

    List<Value> results() {
        List<Walk> walks = IntStream.range(0, op.direction().count())
                .mapToObj(d -> walk(d, op.direction() == Direction.REVERSE || d == 1))
                .toList();
        List<Value> results = new ArrayList<>();
        Value y = joined(1, walks.stream().map(Walk::y).toList());
        results.add(op.batchFirst() ? g.apply(new Arranging.Transpose(List.of(2, 0, 1, 3)), y) : y);
        for (int i = 0; i < walks.getFirst().last().size(); i++) {
            int state = i;
            Value last = joined(0, walks.stream().map(w -> w.last().get(state)).toList());
            results.add(op.batchFirst() ? swapped(last) : last);
        }
        return results.stream().map(v -> cast(v, in.getFirst().dtype())).toList();
    }

    private Walk walk(int d, boolean reverse) {
        Value w = direction(in.get(1), d);
        Value gates = op.product(g, x, g.apply(Arranging.Transpose.lastTwo(2), w));
        Optional<Value> recurrentBias = Optional.empty();
        if (op.given().contains(Given.BIAS)) {
            List<Value> bias = g.apply(
                    new Joining.Split(0, 2),
                    List.of(direction(operand(Given.BIAS).orElseThrow(), d)));
            boolean apart = op.cell() == Cell.GRU && op.linearBeforeReset();
            recurrentBias = apart ? Optional.of(bias.getLast()) : Optional.empty();
            Value added = apart ? bias.getFirst() : g.apply(Arithmetic.ADD, bias.getFirst(), bias.getLast());
            gates = g.apply(Arithmetic.ADD, gates, added);
        }
        List<Value> peepholes = operand(Given.PEEPHOLES)
                .map(p -> g.apply(new Joining.Split(0, 3), List.of(direction(p, d))))
                .orElse(List.of());
        Value r = g.apply(Arranging.Transpose.lastTwo(2), direction(in.get(2), d));
        RecurrentCell cell = new RecurrentCell(g, op, op.functions(d), r, recurrentBias, peepholes);
        return walk(cell, gates, start(d, gates), reverse);
    }

    /// The states before the first step, each `[B,H]`.
    private List<Value> start(int d, Value gates) {
        Value units = g.apply(new Joining.Split(2, op.gates()), List.of(gates)).getFirst();
        Value like = g.apply(new Reduce(Reduce.Kind.SUM, false), units, g.longs(0));
        List<Value> states = new ArrayList<>(List.of(start(Given.STATE, d, like)));
        if (op.cell() == Cell.LSTM) {
            states.add(start(Given.CELL_STATE, d, like));
        }
        return states;
    }

    private Value start(Given state, int d, Value like) {
        return operand(state)
                .map(s -> direction(op.batchFirst() ? swapped(s) : s, d))
                .orElseGet(() -> Reductions.filled(g, 0, like));
    }

    private Walk walk(RecurrentCell cell, Value gates, List<Value> start, boolean reverse) {
        Optional<Value> lengths = operand(Given.LENGTHS).map(l -> g.apply(new Shaping.Unsqueeze(), l, g.longs(1)));
        List<Value> steps = time == 0 ? List.of() : g.apply(new Joining.Split(0, time), List.of(gates));
        List<Value> state = start;
        List<Value> y = new ArrayList<>(Collections.nCopies(time, gates));
        for (int s = 0; s < time; s++) {
            int t = reverse ? time - 1 - s : s;
            List<Value> before = state;
            List<Value> next = cell.step(g.apply(new Shaping.Squeeze(), steps.get(t), g.longs(0)), before);
            state = IntStream.range(0, next.size())
                    .mapToObj(i -> lengths.map(l -> within(l, t, next.get(i), before.get(i)))
                            .orElse(next.get(i)))
                    .toList();
            Value h = next.getFirst();
            Value shown = lengths.map(l -> within(l, t, h, Reductions.filled(g, 0, h)))
                    .orElse(h);
            y.set(t, g.apply(new Shaping.Unsqueeze(), shown, g.longs(0, 1)));
        }
        Value all = time == 0
                ? g.apply(
                        new Shaping.Unsqueeze(),
                        g.apply(new Joining.Split(2, op.gates()), List.of(gates))
                                .getFirst(),
                        g.longs(1))
                : joined(0, y);
        List<Value> last = state.stream()
                .map(v -> g.apply(new Shaping.Unsqueeze(), v, g.longs(0)))
                .toList();
        return new Walk(all, last);
    }

    /// `then` in rows that are longer than `t`, else `otherwise`.
    private Value within(Value lengths, int t, Value then, Value otherwise) {
        return ExprOp.apply(
                g, "Within", a -> Expr.select(a.get(0).gt(t), a.get(1), a.get(2)), lengths, then, otherwise);
    }

    private Optional<Value> operand(Given what) {
        return op.given().contains(what) ? Optional.of(computed(in.get(op.place(what)))) : Optional.empty();
    }

    /// Part `d` along the first axis, without that axis.
    private Value direction(Value v, int d) {
        Value value = computed(v);
        int count = op.direction().count();
        Value part = count == 1
                ? value
                : g.apply(new Joining.Split(0, count), List.of(value)).get(d);
        return g.apply(new Shaping.Squeeze(), part, g.longs(0));
    }

    private Value swapped(Value v) {
        return g.apply(new Arranging.Transpose(List.of(1, 0, 2)), v);
    }

    private Value joined(int axis, List<Value> parts) {
        return parts.size() == 1
                ? parts.getFirst()
                : g.apply(new Joining.Concat(axis), parts).getFirst();
    }

    private Value computed(Value v) {
        return cast(v, v.dtype().computeType());
    }

    private Value cast(Value v, DType to) {
        return v.dtype() == to ? v : g.apply(new Casting.Cast(to), v);
    }
}
