package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Attention whose memory of the past is one matrix S a head: o = scale · qᵀS, after S has decayed, forgotten what it
/// held for the key, and learnt the new value. ONNX LinearAttention, opset 27; Yang et al., 2024 (gated delta rule).
///
/// Operands, packed: queries `[B,T,Hq·D]`, keys `[B,T,Hk·D]`, values `[B,T,Hk·E]`, then those of [Given] that are
/// there.
/// Results: `[B,T,Hq·E]` and the last S, `[B,Hk,D,E]`. Computed in double on the host.
///
/// @param scale 0 for 1/√D
public record LinearAttention(int queryHeads, int keyHeads, Rule rule, double scale, Set<Given> given)
        implements HostOp {

    /// How S changes with a key k and a value v.
    public enum Rule {
        /// S + k⊗v.
        LINEAR(false, false),
        /// e^g·S + k⊗v.
        GATED(true, false),
        /// S + β·k⊗(v − Sᵀk).
        DELTA(false, true),
        /// The delta rule on e^g·S.
        GATED_DELTA(true, true);

        final boolean decays;
        final boolean corrects;

        Rule(boolean decays, boolean corrects) {
            this.decays = decays;
            this.corrects = corrects;
        }
    }

    /// Operands that may be left out, in their order.
    public enum Given {
        /// S before the first step, `[B,Hk,D,E]`.
        PAST,
        /// g, `[B,T,Hk·D]` or `[B,T,Hk]`; needed by rules that decay.
        DECAY,
        /// β, `[B,T,Hk]` or `[B,T,1]`; needed by the delta rules.
        RATE
    }

    public LinearAttention {
        given = Set.copyOf(given);
        if (queryHeads < 1 || keyHeads < 1 || queryHeads % keyHeads != 0) {
            throw new ShapeException(
                    "query heads must be a multiple of key heads, unlike " + queryHeads + " and " + keyHeads);
        }
        if ((rule.decays && !given.contains(Given.DECAY)) || (rule.corrects && !given.contains(Given.RATE))) {
            throw new ShapeException("the rule " + rule + " needs more than the operands given, " + given);
        }
    }

    int position(Given wanted) {
        int at = 3;
        for (Given each : Given.values()) {
            if (each == wanted) {
                return at;
            }
            at += given.contains(each) ? 1 : 0;
        }
        throw new IllegalStateException();
    }

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(3 + given.size(), 3 + given.size());
        DType type = in.dtype(0);
        in.require(0, DType.F16, DType.BF16, DType.F32, DType.F64);
        DType state = given.contains(Given.PAST) ? in.dtype(position(Given.PAST)) : type;
        Shape q = in.shape(0);
        Shape v = in.shape(2);
        if (!q.isRanked() || !v.isRanked()) {
            return List.of(Type.tensor(type, Shape.UNRANKED), Type.tensor(state, Shape.UNRANKED));
        }
        if (q.rank() != 3 || v.rank() != 3) {
            throw new ShapeException(
                    "queries and values must have 3 axes, not " + in.tensor(0) + " and " + in.tensor(2));
        }
        Dim keyed = head(q.dim(2), queryHeads);
        Dim valued = head(v.dim(2), keyHeads);
        return List.of(
                Type.tensor(type, Shape.of(q.dim(0), q.dim(1), valued.times(queryHeads))),
                Type.tensor(state, Shape.of(q.dim(0), Dim.of(keyHeads), keyed, valued)));
    }

    private static Dim head(Dim packed, int heads) {
        if (packed.isFixed() && packed.extent() % heads != 0) {
            throw new ShapeException(packed + " features cannot be split among " + heads + " heads");
        }
        return packed.isFixed() ? Dim.of(packed.extent() / heads) : Dim.UNKNOWN;
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        List<Type> types = infer(Operands.ofValues(in));
        Shape stateShape = types.get(1).asTensor().shape();
        int[] dims = stateShape.intExtents();
        int steps = (int) in.getFirst().asTensor().shape().dim(1).extent();
        double[] state = given.contains(Given.PAST)
                ? in.get(position(Given.PAST)).asTensor().toDoubles()
                : new double[stateShape.elements()];
        double[] out = new double[types.getFirst().asTensor().shape().elements()];
        Walk walk = new Walk(this, in.stream().map(Datum::asTensor).toList(), dims[2], dims[3], state, out);
        for (int b = 0; b < dims[0]; b++) {
            for (int t = 0; t < steps; t++) {
                host.checkCancelled();
                for (int head = 0; head < keyHeads; head++) {
                    walk.step(b, b * steps + t, head);
                }
            }
        }
        return List.of(tensor(types.get(0), out), tensor(types.get(1), state));
    }

    @Override
    public boolean isDifferentiable() {
        return true;
    }

    @Override
    public void gradient(Adjoint a) {
        List<Value> in = IntStream.range(0, a.inputs()).mapToObj(a::input).toList();
        a.through(new LinearAttentionSteps(this).results(a.graph(), in));
    }

    private static Tensor tensor(Type type, double[] values) {
        Elements e = Elements.zeros(type.asTensor().dtype(), values.length);
        for (int i = 0; i < values.length; i++) {
            e.set(i, values[i]);
        }
        return Tensor.wrap(type.asTensor().dtype(), e.array(), type.asTensor().shape());
    }

    /// The walk through a sequence: operands as they lie, the matrices S, and the results so far.
    private record Walk(LinearAttention op, List<Tensor> in, int keyed, int valued, double[] state, double[] out) {

        /// @param row the position in the batch of sequences
        void step(int batch, int row, int head) {
            int s = (batch * op.keyHeads + head) * keyed * valued;
            int k = (row * op.keyHeads + head) * keyed;
            int v = (row * op.keyHeads + head) * valued;
            if (op.rule.decays) {
                decay(s, row, head);
            }
            double[] value = new double[valued];
            double rate = op.rule.corrects ? perHead(op.position(Given.RATE), row, head) : 1;
            for (int j = 0; j < valued; j++) {
                double held = 0;
                for (int i = 0; op.rule.corrects && i < keyed; i++) {
                    held += state[s + i * valued + j] * in.get(1).getDouble(k + i);
                }
                value[j] = rate * (in.get(2).getDouble(v + j) - held);
            }
            for (int i = 0; i < keyed; i++) {
                double key = in.get(1).getDouble(k + i);
                for (int j = 0; j < valued; j++) {
                    state[s + i * valued + j] += key * value[j];
                }
            }
            int group = op.queryHeads / op.keyHeads;
            for (int q = head * group; q < (head + 1) * group; q++) {
                read(s, row * op.queryHeads + q);
            }
        }

        private void decay(int s, int row, int head) {
            Tensor g = in.get(op.position(Given.DECAY));
            boolean each = g.shape().dim(2).extent() == (long) op.keyHeads * keyed;
            for (int i = 0; i < keyed; i++) {
                double by = Math.exp(
                        each
                                ? g.getDouble((row * op.keyHeads + head) * keyed + i)
                                : perHead(op.position(Given.DECAY), row, head));
                for (int j = 0; j < valued; j++) {
                    state[s + i * valued + j] *= by;
                }
            }
        }

        /// The number for a head, or for all heads where there is one for all.
        private double perHead(int operand, int row, int head) {
            Tensor x = in.get(operand);
            int n = (int) x.shape().dim(2).extent();
            return x.getDouble(n == 1 ? row : row * n + head);
        }

        private void read(int s, int query) {
            double scale = op.scale == 0 ? 1 / Math.sqrt(keyed) : op.scale;
            for (int i = 0; i < keyed; i++) {
                double q = scale * in.getFirst().getDouble(query * keyed + i);
                for (int j = 0; j < valued; j++) {
                    out[query * valued + j] += q * state[s + i * valued + j];
                }
            }
        }
    }

    static Stream<Example> examples() {
        Example.Operand q = Example.f32(2, 3, 8);
        Example.Operand k = Example.f32(2, 3, 4);
        Example.Operand v = Example.f32(2, 3, 6);
        Example.Operand each = Example.f32(2, 3, 2).in(-1, 0);
        return Stream.of(
                Example.of(new LinearAttention(4, 2, Rule.LINEAR, 0.5, Set.of()), q, k, v),
                Example.of(new LinearAttention(4, 2, Rule.GATED, 0, Set.of(Given.DECAY)), q, k, v, each),
                Example.of(
                        new LinearAttention(4, 2, Rule.GATED_DELTA, 0, Set.of(Given.values())),
                        q,
                        k,
                        v,
                        Example.f32(2, 2, 2, 3),
                        Example.f32(2, 3, 4).in(-1, 0),
                        each));
    }
}
