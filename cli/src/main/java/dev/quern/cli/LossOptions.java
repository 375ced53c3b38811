package dev.quern.cli;

import dev.quern.session.ModelException;
import dev.quern.train.CrossEntropy;
import dev.quern.train.Loss;
import dev.quern.train.Losses;
import dev.quern.train.Metric;
import dev.quern.train.Metrics;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a training makes small, and what it measures beside that.
final class LossOptions {
    @Option(
            names = "--loss",
            paramLabel = "L",
            description =
                    "cross-entropy, mse, mae, huber, bce, kl, cosine, triplet, ctc; default cross-entropy, and mse"
                            + " for generated data")
    @Nullable
    String chosen;

    @Option(
            names = "--label-smoothing",
            paramLabel = "S",
            description = "share of each label that cross-entropy spreads over all classes; default ${DEFAULT-VALUE}")
    double labelSmoothing;

    @Option(names = "--ignore-label", paramLabel = "K", description = "a label that cross-entropy does not count")
    @Nullable
    Long ignored;

    @Option(
            names = "--margin",
            paramLabel = "M",
            description = "the margin of triplet, or where huber becomes linear; default ${DEFAULT-VALUE}")
    double margin = 1;

    @Option(
            names = "--metric",
            paramLabel = "M",
            description = "measured beside the loss, and on the validation data: accuracy, binary-accuracy")
    List<String> metrics = List.of();

    /// @param isGenerated whether the labels are generated
    String name(boolean isGenerated) {
        return chosen != null ? chosen : isGenerated ? "mse" : "cross-entropy";
    }

    Loss toLoss(String name) {
        return switch (name) {
            case "cross-entropy" -> crossEntropy();
            case "mse" -> Losses.mse();
            case "mae" -> Losses.mae();
            case "huber" -> Losses.huber(margin);
            case "bce" -> Losses.bceWithLogits();
            case "kl" -> Losses.klDivergence();
            case "cosine" -> Losses.cosine();
            case "triplet" -> Losses.triplet(margin);
            case "ctc" -> Losses.ctc();
            default ->
                throw new ModelException("--loss must be cross-entropy, mse, mae, huber, bce, kl, cosine, triplet or"
                        + " ctc, not " + name);
        };
    }

    private CrossEntropy crossEntropy() {
        CrossEntropy plain = Losses.crossEntropy().labelSmoothing(labelSmoothing);
        return ignored == null ? plain : plain.ignoreIndex(ignored);
    }

    Metric[] toMetrics() {
        List<Metric> chosen = new ArrayList<>();
        for (String metric : metrics) {
            chosen.add(
                    switch (metric) {
                        case "accuracy" -> Metrics.accuracy();
                        case "binary-accuracy" -> Metrics.binaryAccuracy();
                        default ->
                            throw new ModelException("--metric must be accuracy or binary-accuracy, not " + metric);
                    });
        }
        return chosen.toArray(Metric[]::new);
    }
}
