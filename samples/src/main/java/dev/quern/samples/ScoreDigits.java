package dev.quern.samples;

import dev.quern.session.Model;
import dev.quern.tensor.Tensor;
import dev.quern.train.NpzFile;
import java.nio.file.Path;
import java.util.Map;

/// Scores a convolutional network that PyTorch exported: 8×8 grey images of handwritten digits.
public final class ScoreDigits {
    private ScoreDigits() {}

    /// @param args the folder with the model and the data, by default `fixtures`
    public static void main(String[] args) {
        Path fixtures = Path.of(args.length > 0 ? args[0] : "fixtures");
        Map<String, Tensor> test = NpzFile.read(fixtures.resolve("data/digits-test.npz"));
        Tensor images = test.get("x"); // f32[360,1,8,8], grey levels from 0 to 1
        Tensor labels = test.get("y"); // i64[360]
        try (Model model = Model.load(fixtures.resolve("models/digits-cnn/model.onnx"))) {
            Tensor scores = model.run(images); // f32[360,10]; the first dimension is dynamic: any batch size will do
            int right = 0;
            for (int i = 0; i < labels.length(); i++) {
                right += argMax(scores, i) == labels.getLong(i) ? 1 : 0;
            }
            System.out.println(right + " of " + labels.length() + " digits recognised");
        }
    }

    private static int argMax(Tensor scores, int row) {
        int classes = (int) scores.shape().dim(1).extent();
        int best = 0;
        for (int c = 1; c < classes; c++) {
            if (scores.getFloat(row * classes + c) > scores.getFloat(row * classes + best)) {
                best = c;
            }
        }
        return best;
    }
}
