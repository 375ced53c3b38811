package dev.quern.gpu;

import dev.quern.session.Model;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.Trainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Times steps of a classifier's training on the GPU by the device's own clock: MODEL CLASSES STEPS. A batch is what
/// the
/// model takes, drawn; the loss is the cross entropy, the optimizer AdamW. Prints the median of a step in milliseconds.
public final class TrainingTimes {
    private static final int WARM_UP = 3;

    private TrainingTimes() {}

    public static void main(String[] args) {
        int classes = Integer.parseInt(args[1]);
        int steps = Integer.parseInt(args[2]);
        try (TimedDevice device = new TimedDevice();
                Model model = Model.load(Path.of(args[0]), device.options())) {
            Map<String, Tensor> drawn = new SampleInputs(Map.of(), 0).missing(model.graph(), Set.of());
            int rows = (int) drawn.values().iterator().next().shape().dim(0).extent();
            Tensor labels = Tensor.zeros(DType.I64, rows);
            for (int i = 0; i < rows; i++) {
                labels.elements().set(i, (double) (i % classes));
            }
            List<Double> millis = new ArrayList<>();
            Trainer.of(model)
                    .optimizer(new AdamW(1e-4))
                    .onStep(p -> millis.add(device.clock().take()))
                    .fit(Dataset.arrays(drawn, labels).batched(rows), Epochs.of(WARM_UP + steps));
            List<Double> measured = new ArrayList<>(millis.subList(WARM_UP, millis.size()));
            measured.sort(null);
            System.out.printf(Locale.ROOT, "%.4f%n", measured.get(measured.size() / 2));
        }
    }
}
