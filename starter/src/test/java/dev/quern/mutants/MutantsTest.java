package dev.quern.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backends;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Damaged copies of the fixtures' models are loaded and run once, or refused with an error of ours, within two
/// seconds and the heap of the tests.
///
/// `-Dquern.fuzz.mutants=200000` tries more than a build does, `-Dquern.fuzz.seed=…` others.
final class MutantsTest {
    private static final int MUTANTS = Integer.getInteger("quern.fuzz.mutants", 1_500);
    private static final long SEED = Long.getLong("quern.fuzz.seed", 0);
    private static final int MOST_BYTES = 100_000;
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final ModelOptions OPTIONS = ModelOptions.defaults()
            .backend(Backends.prefer("cpu"))
            .threads(1)
            .maxBytes(64 << 20)
            .timeLimit(Duration.ofSeconds(1));

    @Test
    void damagedModelsRunOrAreRefused() {
        Mutants mutants = new Mutants(models());
        Map<String, Integer> outcomes = new TreeMap<>();
        Map<String, String> findings = new TreeMap<>();
        for (long seed = SEED; seed < SEED + MUTANTS; seed++) {
            byte[] mutant = mutants.mutant(seed);
            long start = System.nanoTime();
            String outcome = outcome(mutant);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            if (took.compareTo(LIMIT) > 0) {
                findings.putIfAbsent("slow: " + outcome, "mutant " + seed + ": " + took);
            }
            if (!outcome.startsWith("dev.quern.") && !outcome.equals("ran")) {
                findings.putIfAbsent(outcome, "mutant " + seed);
            }
            outcomes.merge(outcome, 1, Integer::sum);
        }
        System.getLogger("dev.quern.mutants").log(System.Logger.Level.INFO, "mutants: " + outcomes);
        assertThat(findings).isEmpty();
        assertThat(outcomes.get("ran")).as("the damage is not always fatal").isBetween(MUTANTS / 50, MUTANTS * 9 / 10);
    }

    /// `ran`, or the class of what was thrown, with the place where it is none of ours.
    private static String outcome(byte[] mutant) {
        try (Model model = Model.load(mutant, OPTIONS)) {
            Optional<Map<String, Datum>> inputs = inputs(model.graph().inputs());
            if (inputs.isPresent()) {
                model.run(inputs.get());
            }
            return "ran";
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError | AssertionError e) {
            String name = e.getClass().getName();
            StackTraceElement[] trace = e.getStackTrace();
            return name.startsWith("dev.quern.") || trace.length == 0 ? name : name + " at " + trace[0];
        }
    }

    /// Zeros, with 2 for each open extent; nothing where an input is no tensor of known rank or too large.
    private static Optional<Map<String, Datum>> inputs(List<Value> declared) {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (Value v : declared) {
            if (!(v.type() instanceof TensorType t) || !t.shape().isRanked()) {
                return Optional.empty();
            }
            long[] extents = t.shape().dims().stream()
                    .mapToLong(d -> d instanceof Dim.Fixed f ? f.extent() : 2)
                    .toArray();
            double elements = LongStream.of(extents).asDoubleStream().reduce(1, (a, b) -> a * b);
            if (elements > 1 << 20) {
                return Optional.empty();
            }
            inputs.put(v.name(), Tensor.zeros(t.dtype(), extents));
        }
        return Optional.of(inputs);
    }

    private static List<byte[]> models() {
        try (Stream<Path> files = Files.walk(Path.of("..", "fixtures", "models"))) {
            return files.filter(f -> f.toString().endsWith(".onnx"))
                    .sorted()
                    .map(MutantsTest::bytes)
                    .filter(bytes -> bytes.length < MOST_BYTES)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
