package dev.quern.samples;

import dev.quern.session.Model;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.Evaluation;
import dev.quern.train.Losses;
import dev.quern.train.Metrics;
import dev.quern.train.NewHead;
import dev.quern.train.Trainer;
import java.nio.file.Path;

/// Fine-tunes a network for another task in this process, and writes it back as ONNX: the original tells ten digits
/// apart, the new one how many loops a digit has (0, 1 or 2).
public final class FineTuneDigits {
    private FineTuneDigits() {}

    /// @param args the folder with model and data, by default `fixtures`, and the file to write
    public static void main(String[] args) {
        Path fixtures = Path.of(args.length > 0 ? args[0] : "fixtures");
        Path out = Path.of(args.length > 1 ? args[1] : "loops.onnx");
        Dataset lessons = Dataset.npz(fixtures.resolve("data/digits-loops-train.npz"), "x", "y")
                .batched(32);
        Dataset exam = Dataset.npz(fixtures.resolve("data/digits-loops-test.npz"), "x", "y")
                .batched(64);
        try (Model digits = Model.load(fixtures.resolve("models/digits-cnn/model.onnx"));
                Model fresh = NewHead.of(digits).outputs(3).seed(1).apply();
                Model loops = Trainer.of(fresh)
                        .loss(Losses.crossEntropy())
                        .optimizer(new AdamW(3e-3))
                        .freeze("conv*")
                        .onStep(p -> System.out.printf("step %d of %d: loss %.4f%n", p.step(), p.steps(), p.loss()))
                        .fit(lessons.shuffled(1), Epochs.of(5))) {
            System.out.printf("accuracy %.4f%n", Evaluation.of(loops, exam, Metrics.accuracy()));
            loops.save(out);
            System.out.println("wrote " + out);
        }
    }
}
