package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.quern.compile.UnsupportedModelException;
import dev.quern.session.InputException;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.train.NpyFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is wrong with a model or an input is said in one line: a typed exception in the API, status 2 on the command
/// line.
final class BadInputTest {
    private static final int ROUNDS = 5;
    private static final double AT_MOST_MILLIS = 100;
    private static final double AT_MOST_MILLIS_OF_A_PROCESS = 2000;

    @TempDir
    static Path folder;

    private static Map<String, Path> models = Map.of();

    @BeforeAll
    static void makeModels() throws Exception {
        models = new BadModels(folder).all();
    }

    static Stream<Arguments> models() {
        return models.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void modelInTheApi(String what, Path file) {
        Throwable failure = refusedFast(() -> Model.load(file).close());
        assertThat(failure).isInstanceOfAny(ModelException.class, UnsupportedModelException.class);
        if (failure instanceof UnsupportedModelException) {
            assertThat(failure).hasMessageContaining("Frobnicate");
        } else {
            assertThat(failure).hasMessageContaining(file.getFileName().toString());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void modelOnTheCommandLine(String what, Path file) throws Exception {
        refusedInOneLine("run", file.toString());
        refusedInOneLine("bench", file.toString());
        refusedInOneLine("verify", file.toString(), "--data", data());
        refusedInOneLine("diff", file.toString(), BadModels.GOOD.toString(), "--data", data());
        if (!what.equals("an unknown operator")) {
            refusedInOneLine("inspect", file.toString());
        }
    }

    @Test
    void operatorsThatCannotRunAreInspected() {
        assertThat(Main.run("inspect", models.get("an unknown operator").toString()))
                .isZero();
    }

    static Stream<Arguments> inputs() {
        return Stream.of(
                Arguments.of("wrong name", Map.of("pixels", Tensor.of(new float[64], 1, 1, 8, 8)), "pixels"),
                Arguments.of("no input", Map.of(), "missing"),
                Arguments.of("wrong extent", Map.of("x", Tensor.of(new float[56], 1, 1, 8, 7)), "must be 8"),
                Arguments.of("wrong rank", Map.of("x", Tensor.of(new float[64], 64)), "f32[64]"),
                Arguments.of("wrong dtype", Map.of("x", Tensor.of(new long[64], 1, 1, 8, 8)), "i64"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("inputs")
    void inputInTheApi(String what, Map<String, Tensor> given, String said) {
        try (Model model = Model.load(BadModels.GOOD)) {
            Throwable failure = refusedFast(() -> model.run(given));
            assertThat(failure).isInstanceOf(InputException.class).hasMessageContaining(said);
            Map<String, Datum> right = model.run(Map.of("x", Tensor.of(new float[64], 1, 1, 8, 8)));
            assertThat(right).hasSize(1);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("inputs")
    void inputOnTheCommandLine(String what, Map<String, Tensor> given, String said) throws Exception {
        // an input that is missing is drawn
        for (Map.Entry<String, Tensor> e : given.entrySet()) {
            Path file = folder.resolve("input.npy");
            NpyFile.write(file, e.getValue());
            refusedInOneLine("run", BadModels.GOOD.toString(), "-i", e.getKey() + "=" + file);
        }
    }

    @Test
    void otherFilesOnTheCommandLine() throws Exception {
        String good = BadModels.GOOD.toString();
        Path text = Files.writeString(folder.resolve("text.npy"), "no numbers");
        refusedInOneLine("run", good, "-i", "x=" + text);
        refusedInOneLine("run", good, "-i", "x=" + folder.resolve("absent.npy"));
        refusedInOneLine("verify", good, "--data", folder.resolve("absent").toString());
        refusedInOneLine("run", good, "--shape", "x=1x1x8x7");
        refusedInOneLine("run", good, "--shape", "x=1xfour");
        refusedInOneLine("run", good, "--backend", "abacus");
        refusedInOneLine("run", good, "--threads", "0");
        refusedInOneLine(
                "train",
                good,
                "--data",
                text.toString(),
                "--input",
                "x=x",
                "--label",
                "y",
                "--loss",
                "ce",
                "--optimizer",
                "sgd",
                "-o",
                folder.resolve("out.onnx").toString());
        refusedInOneLine("conformance", folder.resolve("absent").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "fly", "run", "run --fly model.onnx", "verify model.onnx --rtol much"})
    void wrongUsage(String line) {
        refusedInOneLine(line.isEmpty() ? new String[0] : line.split(" ", -1));
    }

    private static String data() {
        return BadModels.GOOD.resolveSibling("test_data_set_0").toString();
    }

    /// The exception of a call that is made a few times; the quickest is what a warm process takes.
    private static Throwable refusedFast(ThrowingCallable call) {
        double best = Double.MAX_VALUE;
        Throwable failure = new AssertionError("not called");
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            failure = catchThrowable(call);
            best = Math.min(best, (System.nanoTime() - start) / 1e6);
        }
        assertThat(failure).isNotNull();
        assertThat(String.valueOf(failure.getMessage()))
                .isNotBlank()
                .doesNotContain("\n")
                .doesNotContain("null");
        assertThat(best).isLessThan(AT_MOST_MILLIS);
        return failure;
    }

    /// In a process of its own a command may take two seconds, the start of the JVM included; on a machine that is busy
    /// with other things the best of three counts.
    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void modelInAProcess(String what, Path file) throws Exception {
        refusedInAProcess("run", file.toString());
    }

    @Test
    void inputInAProcess() throws Exception {
        String good = BadModels.GOOD.toString();
        Path narrow = folder.resolve("narrow.npy");
        NpyFile.write(narrow, Tensor.of(new float[56], 1, 1, 8, 7));
        Path whole = folder.resolve("whole.npy");
        NpyFile.write(whole, Tensor.of(new long[64], 1, 1, 8, 8));
        refusedInAProcess("run", good, "-i", "pixels=" + narrow);
        refusedInAProcess("run", good, "-i", "x=" + narrow);
        refusedInAProcess("run", good, "-i", "x=" + whole);
        refusedInAProcess("inspect", folder.resolve("empty.onnx").toString());
        refusedInAProcess("fly");
    }

    private static void refusedInAProcess(String... arguments) throws Exception {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < 3 && best >= AT_MOST_MILLIS_OF_A_PROCESS; i++) {
            Commands.Outcome outcome = Commands.runInAProcess(arguments);
            saidInOneLine(outcome, arguments);
            best = Math.min(best, outcome.millis());
        }
        assertThat(best).isLessThan(AT_MOST_MILLIS_OF_A_PROCESS);
    }

    private static void refusedInOneLine(String... arguments) {
        saidInOneLine(Commands.run(arguments), arguments);
    }

    private static void saidInOneLine(Commands.Outcome outcome, String... arguments) {
        String told = String.join(" ", arguments) + ": " + outcome.said();
        assertThat(outcome.status()).as(told).isEqualTo(Main.WRONG_INPUT);
        assertThat(outcome.said().lines())
                .as(told)
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("quern: ")
                        .doesNotContain("Exception")
                        .doesNotContain("Error")
                        .doesNotContain("null"));
    }
}
