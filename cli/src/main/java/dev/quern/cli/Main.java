package dev.quern.cli;

import dev.quern.backend.BackendException;
import dev.quern.backend.CancelledException;
import dev.quern.backend.RunException;
import dev.quern.compile.UnsupportedModelException;
import dev.quern.gradient.NotDifferentiableException;
import dev.quern.session.ModelException;
import dev.quern.tensor.ShapeException;
import dev.quern.train.CheckpointException;
import dev.quern.train.DataException;
import dev.quern.train.DivergedException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// Inspects, runs, verifies, times and trains models.
@Command(
        name = "quern",
        mixinStandardHelpOptions = true,
        version = "quern 0.1.0-SNAPSHOT",
        description = "Machine learning inside the JVM: loads ONNX models, scores them, trains them, writes them back.",
        subcommands = {
            InspectCommand.class,
            RunCommand.class,
            VerifyCommand.class,
            ConformanceCommand.class,
            BenchCommand.class,
            ConvertCommand.class,
            DiffCommand.class,
            TrainCommand.class,
            FpgaCommand.class,
            OperatorsCommand.class,
            DevicesCommand.class,
            DemoCommand.class
        })
public final class Main {
    static final int CHECK_FAILED = 1;
    static final int WRONG_INPUT = 2;
    static final int INTERRUPTED = 130;

    private Main() {}

    /// Runs one command and ends the process with its status.
    public static void main(String[] args) {
        Stderr.restore();
        System.exit(run(args));
    }

    /// Runs one command.
    ///
    /// @return the exit status
    static int run(String... args) {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((failure, command, parsed) -> explain(failure, command));
        line.setParameterExceptionHandler((failure, ignored) -> {
            failure.getCommandLine()
                    .getErr()
                    .println("quern: " + failure.getMessage() + " (see quern "
                            + failure.getCommandLine().getCommandName() + " --help)");
            return WRONG_INPUT;
        });
        return line.execute(args);
    }

    /// One line for what users can cause; a stack trace only for what is our own fault.
    private static int explain(Exception failure, CommandLine command) {
        if (failure instanceof DivergedException) {
            command.getErr().println("quern: " + failure.getMessage());
            return CHECK_FAILED;
        }
        boolean isTheirs = failure instanceof ModelException
                || failure instanceof DataException
                || failure instanceof CheckpointException
                || failure instanceof NotDifferentiableException
                || failure instanceof UnsupportedModelException
                || failure instanceof BackendException
                || failure instanceof RunException
                || failure instanceof ShapeException
                || failure instanceof CancelledException
                || failure instanceof IOException;
        if (isTheirs) {
            command.getErr().println("quern: " + failure.getMessage());
        } else {
            failure.printStackTrace(command.getErr());
        }
        return WRONG_INPUT;
    }
}
