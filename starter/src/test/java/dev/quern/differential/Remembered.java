package dev.quern.differential;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.function.Consumer;

/// Disagreements that were mended: rows with nothing left to chance.
final class Remembered {
    private static final String ML = "ai.onnx.ml";

    private Remembered() {}

    private static OperatorDraw at(int opset, String name, Consumer<NodeDraw> recipe) {
        return new OperatorDraw(name, opset, opset, recipe);
    }

    private static Tensor floats(double... values) {
        Tensor t = Tensor.zeros(DType.F32, values.length);
        for (int i = 0; i < values.length; i++) {
            t.elements().set(i, values[i]);
        }
        return t;
    }

    static List<OperatorDraw> rows() {
        return List.of(
                at(17, "LayerNormalization of doubles: mean and deviation are floats", n -> {
                    n.fresh(Tensor.of(new double[] {1, 2, 4, 8, 3, 5}, 2, 3), 100);
                    n.fresh(Tensor.of(new double[] {1, 2, 3}, 3), 100);
                    n.outputs(3).agreement(Agreement.FUNCTION);
                }),
                at(13, "Resize to 0.6: 1.5f / 0.6f is 2.5f, in double a hair less", n -> {
                    n.fresh(floats(0, 1, 2, 3, 4, 5).reshape(1, 1, 1, 6), 100);
                    n.absent().fresh(floats(1, 1, 1, 0.6f), 0);
                    n.with("mode", "nearest").with("nearest_mode", "floor");
                }),
                at(13, "Resize by 1.4: 1.4f · 5 is 7f", n -> {
                    n.fresh(floats(0, 1, 2, 3, 4).reshape(1, 1, 1, 5), 100);
                    n.absent().fresh(floats(1, 1, 1, 1.4f), 0);
                }),
                at(22, "Resize from 7 to 4: position 2 is 3.5", n -> {
                    n.fresh(floats(0, 1, 2, 3, 4, 5, 6).reshape(1, 1, 1, 7), 100);
                    n.absent().absent().fresh(Tensor.of(new long[] {1, 1, 1, 4}, 4), 0);
                    n.with("mode", "nearest").with("nearest_mode", "round_prefer_ceil");
                    n.with("coordinate_transformation_mode", "asymmetric");
                }),
                at(11, "Resize of integers", n -> {
                    n.fresh(Tensor.wrap(DType.U8, new byte[] {1, 4, 10, 90}, 1, 1, 2, 2), 100);
                    n.fresh(floats(), 0);
                    n.fresh(floats(1, 1, 1.5, 2), 0);
                    n.with("mode", "linear").agreement(Agreement.CLOSE.roundedToInteger());
                }),
                at(10, "Resize to 0.6 before opset 11: the neighbour above where an axis shrinks", n -> {
                    n.fresh(floats(0, 1, 2, 3, 4, 5).reshape(1, 1, 1, 6), 100);
                    n.fresh(floats(1, 1, 2, 0.6f), 0);
                }),
                at(20, "StringSplit at white space: nothing is left after the last split", n -> {
                    n.fresh(Tensor.of(new String[] {" x ", "a  b", " c d  e", "", " "}, 5), 100);
                    n.with("maxsplit", 1).outputs(2);
                }),
                at(20, "GridSample cubic beyond the border", n -> {
                    n.fresh(floats(3, -1, 2, 5, -4).reshape(1, 1, 1, 5), 100);
                    n.fresh(floats(1.05, 0, -1.3, 0, 0.97, 2, -2.5, -2).reshape(1, 2, 2, 2), 100);
                    n.with("mode", "cubic").with("padding_mode", "border").agreement(Agreement.sum(16, 5));
                }),
                at(15, "LinearClassifier with one score and LOGISTIC", n -> {
                    n.domain(ML).fresh(floats(1, 2, -3, 1, 0.5, 0.25).reshape(3, 2), 100);
                    n.with("coefficients", new float[] {0.5f, -1}).with("intercepts", new float[] {0.25f});
                    n.with("classlabels_ints", new long[] {0, 1}).with("post_transform", "LOGISTIC");
                    n.outputs(2).agreement(Agreement.FUNCTION);
                }),
                at(15, "TreeEnsembleClassifier with one positive score and LOGISTIC", n -> stump(n, 0.3f, "LOGISTIC")),
                at(15, "TreeEnsembleClassifier with one negative score", n -> stump(n, -1.25f, "SOFTMAX")));
    }

    /// A tree of one threshold that scores the first class alone.
    private static void stump(NodeDraw n, float weight, String transform) {
        n.domain(ML).fresh(floats(1, -1).reshape(2, 1), 100);
        n.with("nodes_treeids", new long[3]).with("nodes_nodeids", new long[] {0, 1, 2});
        n.with("nodes_featureids", new long[3]).with("nodes_values", new float[3]);
        n.with("nodes_modes", List.of("BRANCH_LEQ", "LEAF", "LEAF"));
        n.with("nodes_truenodeids", new long[] {1, 0, 0}).with("nodes_falsenodeids", new long[] {2, 0, 0});
        n.with("class_treeids", new long[2]).with("class_nodeids", new long[] {1, 2});
        n.with("class_ids", new long[2]).with("class_weights", new float[] {weight, 0.75f});
        n.with("classlabels_strings", List.of("no", "yes")).with("post_transform", transform);
        n.outputs(2).agreement(Agreement.FUNCTION);
    }
}
