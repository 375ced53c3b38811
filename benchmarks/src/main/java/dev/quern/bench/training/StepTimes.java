package dev.quern.bench.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// When the steps of a training ended, and what a run prints of them.
final class StepTimes {
    private final List<Long> ends = new ArrayList<>();

    void stepEnded() {
        ends.add(System.nanoTime());
    }

    /// `median milliseconds a step, least, peak resident MB, last loss`, of the second half: by then the kernels
    /// are in.
    String result(double loss) throws IOException {
        double[] steps = new double[Math.max(1, ends.size() - 1 - ends.size() / 2)];
        for (int i = 0; i < steps.length; i++) {
            int at = ends.size() - steps.length + i;
            steps[i] = (ends.get(at) - ends.get(at - 1)) / 1e6;
        }
        Arrays.sort(steps);
        return String.format(
                Locale.ROOT, "%.4f %.4f %.1f %.6f", steps[steps.length / 2], steps[0], peakMegabytes(), loss);
    }

    private static double peakMegabytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return Double.NaN;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst()
                .orElse(Double.NaN);
    }
}
