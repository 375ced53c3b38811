package dev.quern.samples;

import dev.quern.session.Model;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Scores a scikit-learn pipeline (StandardScaler and LogisticRegression) with string labels: strings and maps are
/// ordinary results.
public final class ScoreIris {
    private ScoreIris() {}

    /// @param args the folder with the model, by default `fixtures`
    public static void main(String[] args) {
        Path fixtures = Path.of(args.length > 0 ? args[0] : "fixtures");
        float[] flowers = {5.1f, 3.5f, 1.4f, 0.2f, 6.7f, 3.1f, 5.6f, 2.4f
        }; // two flowers, four measures in centimetres each
        try (Model model = Model.load(fixtures.resolve("models/skl-logreg-iris/model.onnx"))) {
            String input = model.inputs().getFirst().name();
            Map<String, Datum> results = model.run(Map.of(input, Tensor.of(flowers, 2, 4)));
            List<String> names = model.outputNames();
            String[] labels = results.get(names.get(0)).asTensor().toStrings();
            List<Map<Object, Double>> probabilities = results.get(names.get(1)).asMaps();
            for (int i = 0; i < labels.length; i++) {
                System.out.println(labels[i] + " " + probabilities.get(i));
            }
        }
    }
}
