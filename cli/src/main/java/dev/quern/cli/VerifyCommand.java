package dev.quern.cli;

import dev.quern.session.Model;
import dev.quern.session.ModelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quern verify`.
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = "Runs ONNX-style data sets (input_N.pb, output_N.pb) and compares.")
final class VerifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "an ONNX file")
    Path model = Path.of("");

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "folder of a data set; by default every test_data_set_* beside the model")
    @Nullable
    List<Path> data;

    @Option(names = "--rtol", paramLabel = "R", description = "relative tolerance; default ${DEFAULT-VALUE}")
    double rtol = Tolerance.VERIFY.relative();

    @Option(names = "--atol", paramLabel = "A", description = "absolute tolerance; default ${DEFAULT-VALUE}")
    double atol = Tolerance.VERIFY.absolute();

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Override
    public Integer call() throws Exception {
        List<DataSet> sets = data == null
                ? DataSet.beside(model)
                : data.stream().map(DataSet::new).toList();
        if (sets.isEmpty()) {
            throw new ModelException("no test_data_set_* beside " + model + ": name one with --data");
        }
        boolean ok = true;
        try (Model m = Model.load(model, backend.toModelOptions())) {
            Tolerance tolerance = ToleranceFor.model(m, rtol, atol);
            for (DataSet set : sets) {
                Optional<String> difference = new Verification(m, tolerance).run(set);
                System.out.println(set.folder() + ": " + difference.orElse("ok"));
                ok &= difference.isEmpty();
            }
        }
        return ok ? 0 : Main.CHECK_FAILED;
    }
}
