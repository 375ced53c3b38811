package dev.quern.samples;

import dev.quern.convert.Conversion;
import dev.quern.convert.ConversionReport;
import dev.quern.convert.Precision;
import dev.quern.convert.RenameValues;
import dev.quern.convert.Simplify;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.train.NpzFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Makes a network smaller: BatchNormalization goes into the weights before it, and these into 16-bit floats. Test
/// images tell what that costs.
public final class ConvertModel {
    private ConvertModel() {}

    /// @param args the folder with the model and the data, and the file to write
    public static void main(String[] args) {
        Path fixtures = Path.of(args.length > 0 ? args[0] : "fixtures");
        Path out = Path.of(args.length > 1 ? args[1] : "digits-f16.onnx");
        Tensor images = NpzFile.read(fixtures.resolve("data/digits-test.npz")).get("x");
        // convert
        Conversion conversion = Conversion.of(fixtures.resolve("models/digits-cnn-bn/model.onnx"));
        String input = conversion.graph().inputs().getFirst().name();
        ConversionReport report = conversion
                .with(new Simplify())
                .with(Precision.of(DType.F16).keeping("Gemm"))
                .with(new RenameValues(Map.of(input, "image")))
                .on(List.of(Map.of(input, images)))
                .write(out);
        // end
        System.out.printf(
                Locale.ROOT,
                "%d → %d nodes, %d → %d bytes%n",
                report.before().nodes(),
                report.after().nodes(),
                report.before().bytes(),
                report.after().bytes());
        report.accuracy()
                .orElseThrow()
                .outputs()
                .forEach(o -> System.out.printf(
                        Locale.ROOT,
                        "%s: off by %.2g of its scale, %.1f %% of labels equal%n",
                        o.name(),
                        o.ofScale(),
                        100 * o.equalLabels().orElse(1)));
    }
}
