package dev.quern.serving;

import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.Random;

/// The PyTorch CNN and digits made of noise.
final class Digits {
    static final Path CNN = Path.of("..", "fixtures", "models", "digits-cnn", "model.onnx");

    private Digits() {}

    static Model load(ModelOptions options) {
        return Model.load(CNN, options);
    }

    static Tensor noise(int count, long seed) {
        Random random = new Random(seed);
        float[] pixels = new float[count * 64];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextFloat();
        }
        return Tensor.of(pixels, count, 1, 8, 8);
    }
}
