package dev.quern.onnx;

import static dev.quern.onnx.Words.sometimes;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.kernel.View;
import dev.quern.op.Arithmetic;
import dev.quern.op.BatchNormalization;
import dev.quern.op.Casting;
import dev.quern.op.ElementwiseOp;
import dev.quern.op.MapOp;
import dev.quern.op.Quantization;
import dev.quern.op.Randoms;
import dev.quern.op.Reduce;
import dev.quern.op.Statistics;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Statistics, and operators that ONNX has in some forms only.
final class NumberWords {
    private NumberWords() {}

    static List<Words<?>> all() {
        return List.of(
                sometimes(Statistics.Moments.class, NumberWords::moments),
                sometimes(Statistics.MaxSumExp.class, NumberWords::maxSumExp),
                sometimes(BatchNormalization.class, NumberWords::sampleStatistics),
                sometimes(Quantization.QuantizeLinear.class, NumberWords::quantization),
                sometimes(Quantization.DequantizeLinear.class, NumberWords::quantization),
                sometimes(Randoms.Random.class, (op, g, in) -> random(op, op.seed(), g, shaped(op, g))),
                sometimes(Randoms.RandomLike.class, (op, g, in) -> random(op, op.seed(), g, in)),
                sometimes(Randoms.Bernoulli.class, (op, g, in) -> random(op, op.seed(), g, in)));
    }

    private static Value wide(GraphBuilder g, Value x) {
        DType type = x.dtype().computeType();
        return type == x.dtype() ? x : g.apply(new Casting.Cast(type), x);
    }

    private static Value narrow(GraphBuilder g, Value v, DType to) {
        return v.dtype() == to ? v : g.apply(new Casting.Cast(to), v);
    }

    private static Value axes(GraphBuilder g, List<Integer> axes) {
        return g.longs(axes.stream().mapToLong(Integer::longValue).toArray());
    }

    private static Optional<List<Value>> moments(Statistics.Moments op, GraphBuilder g, List<Value> in) {
        Value x = wide(g, in.getFirst());
        Reduce mean = new Reduce(Reduce.Kind.MEAN, true);
        Value axes = axes(g, op.axes());
        Value centre = g.apply(mean, x, axes);
        Value away = g.apply(Arithmetic.SUB, x, centre);
        Value variance = g.apply(mean, g.apply(Arithmetic.MUL, away, away), axes);
        DType to = in.getFirst().dtype();
        return Optional.of(List.of(narrow(g, centre, to), narrow(g, variance, to)));
    }

    private static Optional<List<Value>> maxSumExp(Statistics.MaxSumExp op, GraphBuilder g, List<Value> in) {
        Value x = wide(g, in.getFirst());
        Value axes = axes(g, op.axes());
        Value max = g.apply(new Reduce(Reduce.Kind.MAX, true), x, axes);
        Value sum = g.apply(
                new Reduce(Reduce.Kind.SUM, true), g.apply(Arithmetic.EXP, g.apply(Arithmetic.SUB, x, max)), axes);
        DType to = in.getFirst().dtype();
        return Optional.of(List.of(narrow(g, max, to), narrow(g, sum, to)));
    }

    private static Optional<List<Value>> sampleStatistics(BatchNormalization op, GraphBuilder g, List<Value> in) {
        return op.mode() == BatchNormalization.Mode.TRAINING_SAMPLE ? Optional.of(op.expand(g, in)) : Optional.empty();
    }

    private static Optional<List<Value>> quantization(ElementwiseOp op, GraphBuilder g, List<Value> in) {
        return QuantizationSpelling.isPerAxis(in)
                ? Optional.empty()
                : Optional.of(List.of(ExprSpelling.spell(op, g, in)));
    }

    /// Where the seed is no attribute of ONNX, the generator itself is written.
    private static <O extends Op & MapOp> Optional<List<Value>> random(
            O op, long seed, GraphBuilder g, List<Value> in) {
        boolean seeded = in.size() == 2;
        if (!seeded && GeneratorRows.isFloat(seed)) {
            return Optional.empty();
        }
        List<View> views = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            views.add(View.dense(i, in.get(i).dtype()));
        }
        DType result = op.infer(g.operands(in)).getFirst().asTensor().dtype();
        MapOp.Loop loop = op.loop(views, result);
        Expr element = dev.quern.expr.Substitution.renumber(
                loop.element(), a -> loop.views().get(a).buffer());
        return Optional.of(ExprSpelling.spell(List.of(element), g, in));
    }

    /// A value with the shape of the numbers.
    private static List<Value> shaped(Randoms.Random op, GraphBuilder g) {
        return GeneratorRows.isFloat(op.seed()) ? List.of() : List.of(g.constant(Tensor.zeros(DType.BOOL, op.shape())));
    }
}
