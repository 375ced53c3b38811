package dev.quern.onnx;

import static dev.quern.onnx.Words.words;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.op.Arithmetic;
import dev.quern.op.PairwiseCoupling;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// Probabilities of classes from those of pairs, which ONNX has only inside SVMClassifier: a machine whose
/// decision for each pair is its operand for that pair, by one unit vector a pair.
final class CouplingWords {
    /// Keeps logits finite.
    private static final double LEAST = 1e-7;

    private CouplingWords() {}

    static List<Words<?>> all() {
        return List.of(words(PairwiseCoupling.class, (op, g, in) -> coupled(op.classes(), g, in.getFirst())));
    }

    private static Value coupled(int classes, GraphBuilder g, Value p) {
        Value inside = g.apply(Arithmetic.CLIP, p, g.scalar(DType.F32, LEAST), g.scalar(DType.F32, 1 - LEAST));
        Value against = g.apply(Arithmetic.SUB, g.scalar(DType.F32, 1), inside);
        Value logits = g.apply(Arithmetic.LOG, g.apply(Arithmetic.DIV, inside, against));
        OpaqueOp machine =
                new OpaqueOp(Row.ML, "SVMClassifier", 1, 2, "couples pairs", Optional.of(new OnnxNode(node(classes))));
        Dim rows = p.shape().isRanked() ? p.shape().dim(0) : Dim.UNKNOWN;
        Node made = g.add(
                machine,
                List.of(logits),
                List.of(
                        Type.tensor(DType.I64, Shape.of(rows)),
                        Type.tensor(DType.F32, Shape.of(rows, Dim.of(classes)))),
                List.of());
        return made.output(1);
    }

    private static NodeProto node(int classes) {
        int pairs = classes * (classes - 1) / 2;
        float[] vectors = new float[pairs * pairs];
        float[] coefficients = new float[(classes - 1) * pairs];
        float[] a = new float[pairs];
        int pair = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, pair++) {
                vectors[pair * pairs + pair] = 1;
                coefficients[(j - 1) * pairs + pair] = 1;
                a[pair] = -1;
            }
        }
        return NodeProto.of(
                Row.ML,
                "SVMClassifier",
                "",
                List.of("logits"),
                List.of("label", "probabilities"),
                List.of(
                        AttributeProto.of("kernel_type", "LINEAR"),
                        AttributeProto.ofFloats("kernel_params", 0, 0, 0),
                        AttributeProto.ofInts(
                                "vectors_per_class",
                                LongStream.range(0, classes)
                                        .map(c -> classes - 1 - c)
                                        .toArray()),
                        AttributeProto.ofFloats("support_vectors", vectors),
                        AttributeProto.ofFloats("coefficients", coefficients),
                        AttributeProto.ofFloats("rho", new float[pairs]),
                        AttributeProto.ofFloats("prob_a", a),
                        AttributeProto.ofFloats("prob_b", new float[pairs]),
                        AttributeProto.ofInts(
                                "classlabels_ints", LongStream.range(0, classes).toArray())));
    }
}
