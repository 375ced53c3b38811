package dev.quern.gpu;

import dev.quern.session.Model;
import java.nio.file.Path;
import java.util.Locale;

/// Times a model on the GPU by the device's own clock, with inputs and outputs that stay there, as frameworks are
/// timed:
/// MODEL SECONDS. Prints the median of a run in milliseconds.
public final class ModelTimes {
    private ModelTimes() {}

    public static void main(String[] args) {
        try (TimedDevice device = new TimedDevice();
                Model model = Model.load(Path.of(args[0]), device.options())) {
            System.out.printf(Locale.ROOT, "%.4f%n", device.median(model, Double.parseDouble(args[1])));
        }
    }
}
