package dev.quern.op;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.LinearAttention.Given;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// [LinearAttention] as a Scan, through which gradients flow: products of matrices at each step, in f32 where operands
/// have 16 bits.
record LinearAttentionSteps(LinearAttention op) {

    /// The results from these operands, of which the number of features must be known.
    List<Value> results(GraphBuilder g, List<Value> in) {
        Formula f = new Formula(g);
        DType exact = in.getFirst().dtype() == DType.F64 ? DType.F64 : DType.F32;
        Value q = f.reshape(f.cast(in.get(0), exact), 0, 0, op.keyHeads(), op.queryHeads() / op.keyHeads(), -1);
        Value k = f.reshape(f.cast(in.get(1), exact), 0, 0, op.keyHeads(), 1, -1);
        Value v = f.reshape(f.cast(in.get(2), exact), 0, 0, op.keyHeads(), 1, -1);
        Value before = op.given().contains(Given.PAST)
                ? f.cast(in.get(op.position(Given.PAST)), exact)
                : f.expand(g.scalar(exact, 0), f.shape(f.dim(q, 0), g.longs(op.keyHeads()), f.dim(q, 4), f.dim(v, 4)));
        List<Value> steps = new ArrayList<>(List.of(f.mul(q, factor(q)), k, v));
        if (op.rule().decays) {
            Value decay = f.cast(in.get(op.position(Given.DECAY)), exact);
            steps.add(f.reshape(decay, 0, 0, decay.shape().dim(2).is(1) ? 1 : op.keyHeads(), -1, 1));
        }
        if (op.rule().corrects) {
            steps.add(f.reshape(f.cast(in.get(op.position(Given.RATE)), exact), 0, 0, -1, 1, 1));
        }
        List<Value> operands = new ArrayList<>(List.of(before));
        operands.addAll(steps);
        List<Integer> axes = Collections.nCopies(steps.size(), 1);
        List<Integer> directions = Collections.nCopies(steps.size(), 0);
        List<Value> results = g.apply(
                new ControlFlow.Scan(step(before, steps), 1, axes, directions, List.of(1), List.of(0)), operands);
        DType state = op.given().contains(Given.PAST)
                ? in.get(op.position(Given.PAST)).dtype()
                : in.getFirst().dtype();
        Value out = f.reshape(results.get(1), 0, 0, -1);
        return List.of(f.cast(out, in.getFirst().dtype()), f.cast(results.getFirst(), state));
    }

    private double factor(Value q) {
        return op.scale() == 0 ? 1 / Math.sqrt(q.shape().dim(4).extent()) : op.scale();
    }

    /// (S, what the step is given) → (S′, what the queries read from it).
    private Graph step(Value before, List<Value> steps) {
        GraphBuilder b = new GraphBuilder("step");
        Formula f = new Formula(b);
        Value s = b.input("before", before.type());
        List<Value> now = new ArrayList<>();
        for (Value each : steps) {
            now.add(b.input(
                    "now" + now.size(),
                    Type.tensor(
                            each.dtype(),
                            each.shape().slice(0, 1).concat(each.shape().slice(2, each.rank())))));
        }
        Value k = now.get(1);
        Value v = now.get(2);
        if (op.rule().decays) {
            s = f.mul(s, b.apply(Arithmetic.EXP, now.get(3)));
        }
        if (op.rule().corrects) {
            v = f.mul(f.sub(v, f.matMul(k, s)), now.getLast());
        }
        s = f.add(s, f.matMul(f.lastTwoSwapped(k), v));
        b.output("after", s);
        b.output("read", f.matMul(now.getFirst(), s));
        return b.build();
    }
}
