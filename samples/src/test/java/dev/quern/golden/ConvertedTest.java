package dev.quern.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.convert.Accuracy;
import dev.quern.convert.Conversion;
import dev.quern.convert.ConversionReport;
import dev.quern.convert.Int8;
import dev.quern.convert.Precision;
import dev.quern.convert.Simplify;
import dev.quern.session.Model;
import dev.quern.session.ModelContents;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every fixture simplified, and networks in half precision, beside the original and beside ONNX Runtime.
final class ConvertedTest {
    @TempDir
    Path folder;

    static List<Fixture> fixtures() throws Exception {
        return Fixture.all();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void simplifiedIsNoLargerAndGivesTheSame(Fixture fixture) {
        Path file = folder.resolve("simplified.onnx");
        Conversion conversion = Conversion.of(fixture.file());
        ConversionReport report = conversion
                .with(new Simplify())
                .on(List.of(fixture.inputs(conversion.graph(), 0), fixture.inputs(conversion.graph(), 1)))
                .write(file);
        ModelContents before = report.before();
        assertThat(report.after().nodes()).isLessThanOrEqualTo(before.nodes());
        assertThat(report.after().bytes()).isLessThanOrEqualTo(before.bytes());
        Accuracy accuracy = report.accuracy().orElseThrow();
        assertThat(accuracy.worst()).as(fixture.name()).isLessThan(1e-5);
        assertThat(accuracy.outputs()).allMatch(o -> o.equalLabels().orElse(1) == 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "digits-cnn",
                "digits-cnn-bn",
                "digits-mlp",
                "keras-digits",
                "torch-autoencoder",
                "torch-encoder-dynamo"
            })
    void halfPrecision(String name) throws Exception {
        Fixture fixture = new Fixture(name);
        Path file = folder.resolve("half.onnx");
        Conversion conversion = Conversion.of(fixture.file());
        Map<String, Datum> inputs = fixture.inputs(conversion.graph(), 0);
        ConversionReport report =
                conversion.with(Precision.of(DType.F16)).on(List.of(inputs)).write(file);
        assertThat(report.after().bytes()).isLessThan(report.before().bytes());
        Accuracy accuracy = report.accuracy().orElseThrow();
        assertThat(accuracy.worst()).isLessThan(1e-2);
        assertThat(accuracy.outputs()).allMatch(o -> o.equalLabels().orElse(1) == 1);
        try (OnnxRuntime runtime = OnnxRuntime.load(file);
                Model original = Model.load(fixture.file())) {
            new Agreement(1e-2).check(original.run(inputs), runtime.run(inputs));
        }
    }

    /// Weights of seven bits, so that ONNX Runtime's sums do not saturate on older processors.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "digits-cnn",
                "digits-cnn-bn",
                "digits-mlp",
                "keras-digits",
                "torch-autoencoder",
                "torch-encoder-dynamo"
            })
    void integers(String name) throws Exception {
        Fixture fixture = new Fixture(name);
        Path file = folder.resolve("int8.onnx");
        Conversion conversion = Conversion.of(fixture.file());
        Map<String, Datum> inputs = fixture.inputs(conversion.graph(), 0);
        ConversionReport report = conversion
                .with(Int8.products().withSevenBitWeights())
                .calibratedOn(List.of(inputs, fixture.inputs(conversion.graph(), 1)))
                .on(List.of(inputs))
                .write(file);
        assertThat(report.after().operators()).containsKeys("QuantizeLinear", "DequantizeLinear");
        Accuracy accuracy = report.accuracy().orElseThrow();
        assertThat(accuracy.worst()).isLessThan(5e-2);
        assertThat(accuracy.outputs()).allMatch(o -> o.equalLabels().orElse(1) == 1);
        try (OnnxRuntime runtime = OnnxRuntime.load(file);
                Model ours = Model.load(file)) {
            new Agreement(1e-2).check(ours.run(inputs), runtime.run(inputs));
        }
    }
}
