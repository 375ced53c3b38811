package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.backend.Availability;
import dev.quern.backend.Backends;
import dev.quern.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The same command gives the same bits: again, with another number of threads, broken off and resumed.
final class TrainCommandTest {
    private static final Path FIXTURES = Path.of("..", "fixtures");

    @TempDir
    Path folder;

    /// What a training has left: the model, and its log without the time that steps took.
    private record Left(byte[] model, List<String> log) {
        boolean isSame(Left other) {
            return java.util.Arrays.equals(model, other.model) && log.equals(other.log);
        }
    }

    @ParameterizedTest
    @CsvSource({"digits-mlp-init, 60", "digits-cnn-init, 12"})
    void sameBitsAgainAndWithOtherThreads(String model, int steps) throws IOException {
        Left once = train("once", model, steps, "--threads", "1");
        assertThat(once.log()).hasSize(steps + 1);
        assertThat(train("again", model, steps, "--threads", "1").isSame(once)).isTrue();
        assertThat(train("two", model, steps, "--threads", "2").isSame(once)).isTrue();
        assertThat(train("seed", model, steps, "--threads", "2", "--seed", "8").isSame(once))
                .isFalse();
    }

    @Test
    void sameBitsOnTwoDevicesAgainWithOtherThreadsAndResumed() throws IOException {
        Left once = train("once", "digits-mlp-init", 20, "--devices", "cpu,cpu", "--threads", "2");
        assertThat(train("again", "digits-mlp-init", 20, "--devices", "cpu,cpu", "--threads", "1")
                        .isSame(once))
                .isTrue();
        String checkpoints = folder.resolve("checkpoints").toString();
        train("resumed", "digits-mlp-init", 10, "--devices", "cpu,cpu", "--checkpoint", checkpoints);
        assertThat(train("resumed", "digits-mlp-init", 20, "--devices", "cpu:0,cpu", "--checkpoint", checkpoints)
                        .isSame(once))
                .isTrue();
        Left alone = train("alone", "digits-mlp-init", 20, "--backend", "cpu");
        assertThat(train("one", "digits-mlp-init", 20, "--devices", "cpu").isSame(alone))
                .isTrue();
        for (int i = 1; i <= 20; i++) {
            double loss = Double.parseDouble(alone.log().get(i).split(",")[2]);
            assertThat(Double.parseDouble(once.log().get(i).split(",")[2])).isCloseTo(loss, Offset.offset(1e-5 * loss));
        }
    }

    static boolean hasOpenCl() {
        return Backends.providers().stream()
                .anyMatch(p -> p.name().equals("opencl") && p.probe() instanceof Availability.Available);
    }

    /// The third column of a log is the loss.
    @Test
    @EnabledIf(value = "hasOpenCl", disabledReason = "no OpenCL device here")
    void theSameStepsOnOpenCl() throws IOException {
        List<String> cpu =
                train("cpu", "digits-mlp-init", 20, "--backend", "cpu").log();
        List<String> openCl =
                train("opencl", "digits-mlp-init", 20, "--backend", "opencl").log();
        assertThat(openCl).hasSameSizeAs(cpu).hasSize(21);
        for (int i = 1; i < cpu.size(); i++) {
            double loss = Double.parseDouble(cpu.get(i).split(",")[2]);
            assertThat(Double.parseDouble(openCl.get(i).split(",")[2]))
                    .isCloseTo(loss, Offset.offset(1e-4 * Math.max(loss, 0.05)));
        }
    }

    @ParameterizedTest
    @CsvSource({"digits-mlp-init, 60", "digits-cnn-init, 12"})
    void sameBitsWhenBrokenOffAndResumed(String model, int steps) throws IOException {
        Left whole = train("whole", model, steps, "--threads", "2");
        String checkpoints = folder.resolve("checkpoints").toString();
        train("resumed", model, steps / 3, "--threads", "1", "--checkpoint", checkpoints);
        Left resumed = train("resumed", model, steps, "--threads", "2", "--checkpoint", checkpoints);
        assertThat(resumed.isSame(whole)).isTrue();
    }

    /// Ctrl-C, and `kill`.
    @ParameterizedTest
    @CsvSource({"INT, 130, --backend, cpu", "TERM, 143, --backend, cpu", "TERM, 143, --devices, 'cpu,cpu'"})
    @Timeout(120)
    void aSignalLeavesACheckpointFromWhichTheSameCommandGoesOn(String signal, int status, String where, String names)
            throws Exception {
        assumeTrue(!signal.equals("INT") || !ignoresInterrupts(), "a process in the background ignores SIGINT");
        int steps = 200;
        Left whole = train("whole", "digits-cnn-init", steps, where, names);
        Path checkpoints = folder.resolve("checkpoints");
        String[] options = {where, names, "--checkpoint", checkpoints.toString()};
        List<String> command = command("broken", "digits-cnn-init", steps, options);
        long start = System.nanoTime();
        Process process = Commands.start(command.toArray(String[]::new));
        Path log = folder.resolve("broken.csv");
        while (process.isAlive()
                && (!Files.exists(log) || Files.readAllLines(log).size() < 5)) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
        Commands.Outcome outcome = Commands.end(process, start);
        assertThat(outcome.status()).as(outcome.said()).isEqualTo(status);
        assertThat(outcome.said())
                .contains("the same command goes on from " + checkpoints)
                .doesNotContain("Exception");
        assertThat(Trainer.hasCheckpoint(checkpoints)).isTrue();
        assertThat(folder.resolve("broken.onnx")).doesNotExist();

        Left resumed = train("broken", "digits-cnn-init", steps, options);
        assertThat(resumed.isSame(whole)).isTrue();
    }

    /// Killed on the spot, even while it writes a checkpoint, several times; and then the newest file loses its
    /// end.
    @Test
    @Timeout(240)
    void aKilledTrainingGoesOnFromTheNewestWholeCheckpoint() throws Exception {
        int steps = 200;
        Left whole = train("whole", "digits-cnn-init", steps);
        Path checkpoints = folder.resolve("checkpoints");
        Path log = folder.resolve("killed.csv");
        String[] options = {"--checkpoint", checkpoints.toString(), "--checkpoint-every", "1"};
        for (int rows : new int[] {5, 40, 90}) {
            Process process = Commands.start(
                    command("killed", "digits-cnn-init", steps, options).toArray(String[]::new));
            while (process.isAlive()
                    && (!Files.exists(log) || Files.readAllLines(log).size() < rows)) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            process.destroyForcibly().waitFor();
            assertThat(folder.resolve("killed.onnx")).doesNotExist();
        }
        Path newest;
        try (Stream<Path> files = Files.list(checkpoints)) {
            newest = files.filter(f -> f.toString().endsWith(".checkpoint"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
        byte[] written = Files.readAllBytes(newest);
        Files.write(newest, java.util.Arrays.copyOf(written, written.length / 2));
        assertThat(train("killed", "digits-cnn-init", steps, options).isSame(whole))
                .isTrue();
    }

    /// Rows of steps after the checkpoint are those of steps that are done again.
    @Test
    void theLogOfAResumedTrainingIsThatOfAnUnbrokenOne() throws IOException {
        Left whole = train("whole", "digits-mlp-init", 20);
        Path checkpoints = folder.resolve("checkpoints");
        train("resumed", "digits-mlp-init", 10, "--checkpoint", checkpoints.toString());
        Path log = folder.resolve("resumed.csv");
        Files.writeString(log, Files.readString(log) + "11,1,9.9,0.001,0.5\n12,1,9.");
        Left resumed = train("resumed", "digits-mlp-init", 20, "--checkpoint", checkpoints.toString());
        assertThat(resumed.log()).isEqualTo(whole.log());
    }

    @Test
    void everyOptionReachesTheTraining() throws IOException {
        Path data = FIXTURES.resolve("data/digits-train.npz");
        Path out = folder.resolve("tuned.onnx");
        Commands.Outcome outcome = Commands.run(
                "train",
                FIXTURES.resolve("models/digits-mlp-init/model.onnx").toString(),
                "--data",
                data.toString(),
                "--validation",
                "0.2",
                "--metric",
                "accuracy",
                "--label-smoothing",
                "0.1",
                "--optimizer",
                "muon",
                "--group",
                "*bias:lr=2e-3,weight-decay=0",
                "--clip",
                "1",
                "--accumulate",
                "2",
                "--average",
                "0.9",
                "--schedule",
                "cosine",
                "--warm-up",
                "5",
                "--epochs",
                "3",
                "--patience",
                "2",
                "--max-time",
                "5m",
                "-o",
                out.toString());
        assertThat(outcome.status()).as(outcome.said()).isZero();
        assertThat(outcome.said()).containsPattern("epoch 3: validation loss [0-9.]+, accuracy 0\\.[0-9]+");
        assertThat(out).exists();
    }

    @ParameterizedTest
    @CsvSource({"digits-cnn-bn, cross-entropy", "torch-autoencoder, mse", "torch-recurrent, mse"})
    void trainsOnGeneratedRows(String model, String loss) throws IOException {
        Path log = folder.resolve("log.csv");
        Commands.Outcome outcome = Commands.run(
                "train",
                FIXTURES.resolve("models").resolve(model).resolve("model.onnx").toString(),
                "--generated",
                "4",
                "--loss",
                loss,
                "--epochs",
                "5",
                "--log",
                log.toString(),
                "-o",
                folder.resolve("out.onnx").toString());
        assertThat(outcome.status()).as(outcome.said()).isZero();
        assertThat(Files.readAllLines(log)).hasSize(6);
    }

    @ParameterizedTest
    @CsvSource({
        "--optimizer, newton, must be adamw",
        "--loss, zero-one, must be cross-entropy",
        "--schedule, slow, must be constant",
        "--max-time, soon, like 90s",
        "--precision, f8, must be bf16 or f16",
        "--memory-budget, much, like 900k",
        "--group, *bias, must be GLOB:lr=X",
        "--group, *bias:rate=3, sets lr=X and weight-decay=W",
        "--metric, luck, must be accuracy",
        "--devices, 'cpu,cpu:7', one device here",
        "--devices, cuda:first, like cuda:0",
        "--validation, .9999999, leaves 0 to learn",
    })
    void wrongOptionsAreOneLine(String option, String value, String said) throws IOException {
        Commands.Outcome outcome = Commands.run(
                command("wrong", "digits-mlp-init", 1, option, value).toArray(String[]::new));
        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.said()).contains(said).doesNotContain("Exception");
    }

    private Left train(String name, String model, int steps, String... more) throws IOException {
        Commands.Outcome outcome =
                Commands.run(command(name, model, steps, more).toArray(String[]::new));
        assertThat(outcome.status()).as(outcome.said()).isZero();
        List<String> log = Files.readAllLines(folder.resolve(name + ".csv")).stream()
                .map(row -> row.substring(0, row.lastIndexOf(',')))
                .toList();
        return new Left(Files.readAllBytes(folder.resolve(name + ".onnx")), log);
    }

    private List<String> command(String name, String model, int steps, String... more) {
        List<String> command = new ArrayList<>(List.of("train"));
        command.add(
                FIXTURES.resolve("models").resolve(model).resolve("model.onnx").toString());
        command.addAll(
                List.of("--data", FIXTURES.resolve("data/digits-train.npz").toString()));
        command.addAll(List.of("--epochs", "50", "--steps", Integer.toString(steps)));
        command.addAll(List.of("--log", folder.resolve(name + ".csv").toString()));
        command.addAll(List.of("-o", folder.resolve(name + ".onnx").toString()));
        command.addAll(List.of(more));
        return command;
    }

    /// Whether this process, and with it its children, was started to ignore SIGINT, as shells do for what they put
    /// into the background.
    private static boolean ignoresInterrupts() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("SigIgn:")) {
                return (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0;
            }
        }
        return false;
    }
}
