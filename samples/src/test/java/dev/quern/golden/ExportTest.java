package dev.quern.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Value;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.session.Model;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.Losses;
import dev.quern.train.NewHead;
import dev.quern.train.Trainer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What this library writes, ONNX Runtime reads, and computes what we compute.
final class ExportTest {
    private static final Agreement AGREEMENT = new Agreement(1e-5);
    private static final Path DIGITS = Path.of("..", "fixtures", "data", "digits-train.npz");

    /// ONNX Runtime does not find NaN among the keys of a LabelEncoder, as the standard wants it to.
    private static final Map<String, String> SEEN_OTHERWISE = Map.of("ml-preprocessing", "f_s");

    @TempDir
    Path folder;

    static List<Fixture> fixtures() throws Exception {
        return Fixture.all();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void unchangedModel(Fixture fixture) throws Exception {
        try (Model model = Model.load(fixture.file())) {
            Path export = exportAgrees(model, fixture);
            assertThat(withoutWeights(OnnxReader.readModel(export)))
                    .isEqualTo(withoutWeights(OnnxReader.readModel(fixture.file())));
            try (Model again = Model.load(export)) {
                assertThat(again.info()).isEqualTo(model.info());
                assertThat(again.graph().toString()).isEqualTo(model.graph().toString());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void otherParameters(Fixture fixture) throws Exception {
        try (Model model = Model.load(fixture.file())) {
            Map<String, Tensor> halved = new HashMap<>();
            for (Value v : model.graph().parameters()) {
                v.constant().filter(t -> t.dtype().isFloat()).ifPresent(t -> halved.put(v.name(), halved(t)));
            }
            try (Model changed = model.withParameters(halved)) {
                exportAgrees(changed, fixture);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"digits-cnn", "digits-cnn-bn", "digits-mlp", "digits-mlp-external", "keras-digits"})
    void trainedModel(String name) throws Exception {
        Fixture fixture = new Fixture(name);
        try (Model model = Model.load(fixture.file())) {
            Dataset digits = digitsFor(model);
            Map<String, Datum> inputs = fixture.inputs(model.graph(), 0);
            Map<String, Datum> before = model.run(inputs);
            try (Model tuned = Trainer.of(model)
                    .loss(Losses.crossEntropy())
                    .optimizer(new AdamW(1e-2))
                    .freezeBeforeBlocked()
                    .maxSteps(3)
                    .fit(digits, Epochs.of(1))) {
                exportAgrees(tuned, fixture);
                assertThat(tuned.run(inputs)
                                .values()
                                .iterator()
                                .next()
                                .asTensor()
                                .sameAs(before.values().iterator().next().asTensor()))
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"digits-cnn", "digits-cnn-bn", "digits-mlp"})
    void headWithAnotherNumberOfClasses(String name) throws Exception {
        Fixture fixture = new Fixture(name);
        try (Model model = Model.load(fixture.file());
                Model fresh = NewHead.of(model).outputs(3).seed(5).apply()) {
            exportAgrees(fresh, fixture);
            assertThat(fresh.run(fixture.inputs(fresh.graph(), 0))
                            .values()
                            .iterator()
                            .next()
                            .asTensor()
                            .shape()
                            .dim(1)
                            .extent())
                    .isEqualTo(3);
        }
    }

    /// Weights that were in a file of their own come along, since the export may stand in another folder.
    @Test
    void externalWeightsComeAlong() throws Exception {
        Fixture fixture = new Fixture("digits-mlp-external");
        try (Model model = Model.load(fixture.file())) {
            Path export = folder.resolve("export.onnx");
            model.save(export);
            assertThat(OnnxReader.readModel(export).graph().initializers())
                    .noneMatch(t -> t.data().isExternal());
        }
    }

    /// Saves, runs both engines on both data sets, and loads the export again for the same bits.
    private Path exportAgrees(Model model, Fixture fixture) throws Exception {
        Path export = folder.resolve("export.onnx");
        model.save(export);
        try (OnnxRuntime runtime = OnnxRuntime.load(export);
                Model again = Model.load(export)) {
            for (int set = 0; set < 2; set++) {
                Map<String, Datum> inputs = fixture.inputs(model.graph(), set);
                Map<String, Datum> ours = model.run(inputs);
                AGREEMENT.check(compared(fixture, ours), compared(fixture, runtime.run(inputs)));
                new Agreement(0).check(again.run(inputs), ours);
            }
        }
        return export;
    }

    /// The outputs that ONNX Runtime and the standard agree on.
    private static Map<String, Datum> compared(Fixture fixture, Map<String, Datum> outputs) {
        Map<String, Datum> kept = new LinkedHashMap<>(outputs);
        kept.remove(SEEN_OTHERWISE.getOrDefault(fixture.name(), ""));
        return kept;
    }

    /// The digits in the layout that the model takes: one channel, so rows, planes and pixels are the same numbers.
    private static Dataset digitsFor(Model model) {
        Dataset digits = Dataset.npz(DIGITS, "x", "y");
        Value input = model.inputs().getFirst();
        long[] extents = new long[input.rank()];
        extents[0] = digits.rows();
        for (int axis = 1; axis < extents.length; axis++) {
            extents[axis] = input.shape().dim(axis).extent();
        }
        Tensor x = digits.inputs().values().iterator().next().reshape(extents);
        return Dataset.arrays(Map.of(input.name(), x), digits.label()).batched(16);
    }

    private static ModelProto withoutWeights(ModelProto model) {
        return model.withGraph(model.graph().withInitializers(List.of()));
    }

    private static Tensor halved(Tensor t) {
        Tensor half = Tensor.zeros(t.dtype(), t.shape());
        Elements to = half.elements();
        for (int i = 0; i < t.length(); i++) {
            to.set(i, t.getDouble(i) / 2);
        }
        return half;
    }
}
