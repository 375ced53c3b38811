package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HasBodies;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Scaled dot-product attention with graphs of the user's that change the scores before the softmax and the
/// probabilities after it. FlexAttention of ai.onnx.preview, version 1.
///
/// Operands: Q `[B,Hq,S,D]`, K `[B,Hk,T,D]`, V `[B,Hk,T,E]`, then what the graph of the scores captured and
/// what that of the probabilities did. The first input of each graph is `[B,Hq,S,T]` in the type of the
/// softmax, as is its result.
///
/// @param scale 1/√D where it is not given
/// @param precision the type of the softmax
public record FlexAttention(Optional<Double> scale, DType precision, Optional<Graph> scores, Optional<Graph> shares)
        implements CompositeOp, HasBodies {

    @Override
    public List<Graph> bodies() {
        return Stream.of(scores, shares).flatMap(Optional::stream).toList();
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Formula f = new Formula(g);
        Value q = in.get(0);
        Value k = in.get(1);
        if (q.rank() != 4 || k.rank() != 4 || in.get(2).rank() != 4) {
            throw new ShapeException("Q, K and V must have 4 axes, not " + q.type() + ", " + k.type() + " and "
                    + in.get(2).type());
        }
        Value root = HeadGroups.root(f, scale, q);
        Value product = f.matMul(HeadGroups.grouped(f, f.mul(q, root), k), f.lastTwoSwapped(f.mul(k, root)));
        Value first = f.cast(HeadGroups.ungrouped(f, product, q, k), precision);
        int own = 3 + scores.map(b -> b.inputs().size() - 1).orElse(0);
        Value changed = scores.map(b -> run(g, b, first, in.subList(3, own))).orElse(first);
        Value softmax = g.apply(new Softmaxes.Softmax(-1), changed);
        Value last =
                shares.map(b -> run(g, b, softmax, in.subList(own, in.size()))).orElse(softmax);
        Value y = f.matMul(HeadGroups.grouped(f, last, k), f.cast(in.get(2), precision));
        return List.of(f.cast(HeadGroups.ungrouped(f, y, q, k), q.dtype()));
    }

    private static Value run(GraphBuilder g, Graph body, Value x, List<Value> captured) {
        List<Value> in = new ArrayList<>(List.of(x));
        in.addAll(captured);
        return g.inline(body, in).getFirst();
    }

    static Stream<Example> examples() {
        GraphBuilder scores = new GraphBuilder("scores");
        Value x = scores.input("x", Type.tensor(DType.F64, Shape.ofRank(4)));
        Value slope = scores.input("slope", Type.tensor(DType.F64));
        scores.output("y", new Formula(scores).mul(x, slope));
        GraphBuilder shares = new GraphBuilder("shares");
        Value p = shares.input("p", Type.tensor(DType.F64, Shape.ofRank(4)));
        shares.output("y", new Formula(shares).mul(p, p));
        Example.Operand k = Example.operand(DType.F64, 2, 2, 5, 4);
        return Stream.of(
                Example.of(new FlexAttention(Optional.empty(), DType.F64, Optional.empty(), Optional.empty()), k, k, k),
                Example.of(
                        new FlexAttention(
                                Optional.of(0.4), DType.F64, Optional.of(scores.build()), Optional.of(shares.build())),
                        Example.operand(DType.F64, 2, 4, 3, 4),
                        k,
                        Example.operand(DType.F64, 2, 2, 5, 3),
                        Example.operand(DType.F64)));
    }
}
