package dev.quern.cli;

import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.tensor.Tensor;
import dev.quern.train.Dataset;
import dev.quern.train.NpzFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/// The rows that a training learns from, and those that it is measured on.
final class DataOptions {
    @ArgGroup(multiplicity = "1")
    Source source = new Source();

    /// Where the rows come from.
    static final class Source {
        @Option(names = "--data", required = true, paramLabel = "FILE", description = "a .npz or .csv file")
        @Nullable
        Path data;

        @Option(
                names = "--generated",
                required = true,
                paramLabel = "ROWS",
                description = "one batch of so many rows drawn by seed, to see whether and how fast the model trains")
        @Nullable
        Integer rows;
    }

    @Option(
            names = "--validation",
            paramLabel = "FILE|SHARE",
            description = "measure the loss after each epoch on the rows of this file, or on the last share of the rows"
                    + " (such as 0.1), which are not learned; the model of the best epoch is written")
    @Nullable
    String validation;

    @Option(
            names = "--input",
            paramLabel = "NAME=KEY",
            description = "the array for an input; by default the array of its name, or x")
    Map<String, String> inputs = Map.of();

    @Option(
            names = "--label",
            paramLabel = "KEY",
            description = "the array or column of labels; default ${DEFAULT-VALUE}")
    String label = "y";

    @Option(names = "--batch", paramLabel = "N", description = "rows a batch; default ${DEFAULT-VALUE}")
    int batch = 32;

    @Option(names = "--no-shuffle", description = "take the rows in their order")
    boolean noShuffle;

    /// @param validation rows to measure on
    record Split(Dataset training, Optional<Dataset> validation) {}

    boolean isGenerated() {
        return source.rows != null;
    }

    /// @param generated makes the rows where they are not read
    Split read(Model m, long seed, Supplier<Dataset> generated) {
        Dataset all =
                source.data == null ? generated.get() : read(m, source.data).batched(batch);
        Optional<Dataset> measured = Optional.empty();
        if (validation != null && validation.matches("0?\\.\\d+")) {
            int rows = (int) Math.round(all.rows() * Double.parseDouble(validation));
            if (rows < 1 || rows >= all.rows()) {
                throw new ModelException("--validation " + validation + " of " + all.rows() + " rows leaves "
                        + (all.rows() - rows) + " to learn and " + rows + " to measure on");
            }
            measured = Optional.of(all.slice(all.rows() - rows, all.rows()));
            all = all.slice(0, all.rows() - rows);
        } else if (validation != null) {
            measured = Optional.of(read(m, Path.of(validation)).batched(batch));
        }
        return new Split(noShuffle ? all : all.shuffled(seed), measured);
    }

    private Dataset read(Model m, Path file) {
        if (file.toString().endsWith(".csv")) {
            return Dataset.csv(file, label);
        }
        Map<String, Tensor> arrays = NpzFile.read(file);
        Map<String, Tensor> named = new LinkedHashMap<>();
        List<String> unset = new ArrayList<>();
        m.inputs().forEach(v -> {
            String key = inputs.getOrDefault(v.name(), arrays.containsKey(v.name()) ? v.name() : "x");
            Tensor array = arrays.get(key);
            if (array == null) {
                unset.add(v.name());
            } else {
                named.put(v.name(), array);
            }
        });
        Tensor labels = arrays.get(label);
        if (!unset.isEmpty() || labels == null) {
            throw new ModelException(file + " holds " + arrays.keySet() + ": "
                    + (labels == null
                            ? "there is no \"" + label + "\": choose the labels with --label"
                            : "choose arrays for the inputs " + unset + " with --input NAME=KEY"));
        }
        return Dataset.arrays(named, labels);
    }
}
