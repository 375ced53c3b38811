package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.backend.CancelledException;
import dev.quern.gradient.NotDifferentiableException;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.ArgReduce;
import dev.quern.op.Arithmetic;
import dev.quern.op.BatchNormalization;
import dev.quern.op.Casting;
import dev.quern.op.Labels;
import dev.quern.op.Products;
import dev.quern.op.Reduce;
import dev.quern.op.Softmaxes;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    private static final int EPOCHS = 4;

    @TempDir
    Path folder;

    private static Trainer trainer() {
        return Trainer.of(Toys.classifier(true, 0.25))
                .optimizer(new AdamW(0.02))
                .seed(11);
    }

    @Test
    void learnsAndLeavesTheModelAlone() {
        Model before = Toys.classifier(false, 0);
        List<Progress> steps = new ArrayList<>();
        Model after = Trainer.of(before)
                .optimizer(new AdamW(0.05))
                .metrics(Metrics.accuracy())
                .onStep(steps::add)
                .fit(Toys.rows(), Epochs.of(20));
        assertThat(steps).hasSize(80);
        assertThat(steps.getFirst().loss()).isGreaterThan(0.9);
        assertThat(steps.getLast().metrics().get("accuracy")).isGreaterThan(0.9);
        assertThat(Evaluation.of(after, Toys.rows(), Metrics.accuracy())).isGreaterThan(0.9);
        assertThat(Toys.sameParameters(before, Toys.classifier(false, 0))).isTrue();
    }

    @Test
    void givesTheSameBitsEveryTime() {
        Model once = trainer().fit(Toys.rows(), Epochs.of(2));
        assertThat(Toys.sameParameters(once, trainer().fit(Toys.rows(), Epochs.of(2))))
                .isTrue();
        assertThat(Toys.sameParameters(once, trainer().seed(12).fit(Toys.rows(), Epochs.of(2))))
                .isFalse();
    }

    @Test
    void aResumedTrainingEqualsAnUnbrokenOne() {
        List<Double> unbroken = new ArrayList<>();
        Model whole = trainer().onStep(p -> unbroken.add(p.loss())).fit(Toys.rows(), Epochs.of(EPOCHS));
        List<Double> losses = new ArrayList<>();
        trainer()
                .onStep(p -> losses.add(p.loss()))
                .checkpoint(folder, 100)
                .maxSteps(6)
                .fit(Toys.rows(), Epochs.of(EPOCHS));
        Model resumed =
                trainer().onStep(p -> losses.add(p.loss())).resume(folder).fit(Toys.rows(), Epochs.of(EPOCHS));
        assertThat(losses).isEqualTo(unbroken);
        assertThat(Toys.sameParameters(whole, resumed)).isTrue();
    }

    @Test
    void anInterruptedTrainingGoesOnWhereItStopped() {
        Model whole = trainer().fit(Toys.rows(), Epochs.of(EPOCHS));
        Trainer stopped = trainer().checkpoint(folder, 100).onStep(p -> {
            if (p.step() == 7) {
                Thread.currentThread().interrupt();
            }
        });
        assertThatThrownBy(() -> stopped.fit(Toys.rows(), Epochs.of(EPOCHS))).isInstanceOf(CancelledException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(new CheckpointFolder(folder).latest().orElseThrow().step()).isEqualTo(7);
        Model resumed = trainer().resume(folder).fit(Toys.rows(), Epochs.of(EPOCHS));
        assertThat(Toys.sameParameters(whole, resumed)).isTrue();
    }

    @Test
    void keepsTheLastCheckpointsAndPassesOverADamagedOne() throws IOException {
        Model whole = trainer().checkpoint(folder, 3).fit(Toys.rows(), Epochs.of(EPOCHS));
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.sorted().toList();
        }
        assertThat(files)
                .extracting(f -> f.getFileName().toString())
                .containsExactly(
                        "step-000000000012.checkpoint", "step-000000000015.checkpoint", "step-000000000016.checkpoint");
        byte[] bytes = Files.readAllBytes(files.getLast());
        bytes[bytes.length / 2] ^= 1;
        Files.write(files.getLast(), bytes);
        assertThatThrownBy(() -> Checkpoint.read(files.getLast()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("damaged");
        assertThat(new CheckpointFolder(folder).latest().orElseThrow().step()).isEqualTo(15);
        Model resumed = trainer().resume(folder).fit(Toys.rows(), Epochs.of(EPOCHS));
        assertThat(Toys.sameParameters(whole, resumed)).isTrue();
        for (int length : new int[] {0, 5, 40, bytes.length - 1}) {
            Files.write(files.getLast(), java.util.Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> Checkpoint.read(files.getLast())).isInstanceOf(CheckpointException.class);
        }
    }

    @Test
    void refusesACheckpointOfAnotherCourse() {
        assertThatThrownBy(() -> trainer().resume(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("no checkpoint");
        trainer().checkpoint(folder, 3).maxSteps(3).fit(Toys.rows(), Epochs.of(1));
        assertThatThrownBy(() -> trainer().resume(folder).fit(Toys.rows().batched(8), Epochs.of(1)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("batches of 8");
        assertThatThrownBy(() ->
                        trainer().optimizer(new SGD(0.1, 0.9)).resume(folder).fit(Toys.rows(), Epochs.of(1)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("fc1.weight/momentum");
    }

    @Test
    void frozenParametersAndStatisticsStay() {
        Model before = Toys.classifier(true, 0);
        Trainer trainer = Trainer.of(before).optimizer(new AdamW(0.1)).freeze("fc1*", "bn*");
        assertThat(trainer.report().trainable())
                .extracting(TrainingReport.Parameter::name)
                .containsExactly("fc2.weight", "fc2.bias");
        assertThat(trainer.report().toString()).contains("27 numbers in 2 parameters", "fc1.weight: f32[8,4]");
        Model after = trainer.fit(Toys.rows(), Epochs.of(1));
        for (String name : List.of("fc1.weight", "fc1.bias", "bn.weight", "bn.bias", "bn.mean", "bn.var")) {
            assertThat(Toys.parameter(after, name).sameAs(Toys.parameter(before, name)))
                    .as(name)
                    .isTrue();
        }
        assertThat(Toys.parameter(after, "fc2.weight").sameAs(Toys.parameter(before, "fc2.weight")))
                .isFalse();
    }

    @Test
    void runningStatisticsFollowTheBatches() {
        Model before = Toys.classifier(true, 0);
        Dataset rows = Toys.rows().batched(50);
        Model after = Trainer.of(before).optimizer(new SGD(0)).fit(rows, Epochs.of(1));
        double[] mean = new double[8];
        double[] square = new double[8];
        Tensor x = rows.inputs().get("x");
        Tensor w = Toys.parameter(before, "fc1.weight");
        for (int i = 0; i < 50; i++) {
            for (int c = 0; c < 8; c++) {
                double h = Toys.parameter(before, "fc1.bias").getDouble(c);
                for (int k = 0; k < 4; k++) {
                    h += x.getDouble(4 * i + k) * w.getDouble(4 * c + k);
                }
                mean[c] += h / 50;
                square[c] += h * h;
            }
        }
        for (int c = 0; c < 8; c++) {
            double variance = (square[c] - 50 * mean[c] * mean[c]) / 49;
            assertThat(Toys.parameter(after, "bn.mean").getDouble(c)).isCloseTo(0.1 * mean[c], within(1e-6));
            assertThat(Toys.parameter(after, "bn.var").getDouble(c)).isCloseTo(0.9 + 0.1 * variance, within(1e-6));
        }
    }

    @Test
    void anUpdateThatDivergesDoesNotHappen() {
        Dataset rows = Toys.rows();
        Trainer wild = trainer().optimizer(new SGD(1e30)).checkpoint(folder, 1);
        assertThatThrownBy(() -> wild.fit(rows, Epochs.of(EPOCHS)))
                .isInstanceOfSatisfying(DivergedException.class, e -> {
                    Checkpoint last = new CheckpointFolder(folder).latest().orElseThrow();
                    assertThat(last.step()).isEqualTo(e.step() - 1);
                });
    }

    @Test
    void clippingBoundsTheStep() {
        Model before = Toys.classifier(false, 0);
        Model after = Trainer.of(before)
                .optimizer(new SGD(1))
                .clipNorm(1e-3)
                .maxSteps(1)
                .fit(Toys.rows(), Epochs.of(1));
        double moved = 0;
        for (Value p : before.graph().parameters()) {
            Tensor a = Toys.parameter(after, p.name());
            Tensor b = Toys.parameter(before, p.name());
            for (int i = 0; i < a.length(); i++) {
                moved += Math.pow(a.getDouble(i) - b.getDouble(i), 2);
            }
        }
        assertThat(Math.sqrt(moved)).isCloseTo(1e-3, within(2e-6));
    }

    @Test
    void namesNodesWithoutAGradientBeforeTheFirstStep() {
        GraphBuilder g = new GraphBuilder("blocked");
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(4, 4)));
        Products.MatMul product = new Products.MatMul();
        Value h = g.at("first").apply(product, x, g.parameter("a", Toys.drawn(1, 4, 4)));
        Value hard = g.at("pick").apply(new Softmaxes.Hardmax(1), h);
        g.output("scores", g.at("second").apply(product, hard, g.parameter("b", Toys.drawn(2, 4, 3))));
        Model model = Model.of(g.build(), Toys.OPTIONS);
        Dataset rows = Toys.rows().batched(4);
        assertThatThrownBy(() -> Trainer.of(model).maxSteps(1).fit(rows, Epochs.of(1)))
                .isInstanceOf(NotDifferentiableException.class)
                .hasMessageContaining("Hardmax \"pick\"");
        Trainer stopping = Trainer.of(model).freezeBeforeBlocked().maxSteps(1);
        assertThat(stopping.report().unreached())
                .extracting(TrainingReport.Parameter::name)
                .containsExactly("a");
        Model after = stopping.fit(rows, Epochs.of(1));
        assertThat(Toys.parameter(after, "a").sameAs(Toys.parameter(model, "a")))
                .isTrue();
        assertThat(Toys.parameter(after, "b").sameAs(Toys.parameter(model, "b")))
                .isFalse();
    }

    /// Classifiers give labels before scores.
    @Test
    void judgesTheFirstOutputOfFloats() {
        GraphBuilder g = new GraphBuilder("labels first");
        Value x = g.input("x", Type.tensor(DType.F32, 6, 4));
        Value scores = g.apply(new Products.MatMul(), x, g.parameter("w", Toys.drawn(1, 4, 3)));
        g.output("label", g.apply(new ArgReduce(true, 1, false, false), scores));
        g.output("scores", scores);
        Model model = Model.of(g.build(), Toys.OPTIONS);
        assertThat(Trainer.of(model).judged()).isEqualTo("scores");
        assertThat(Trainer.of(model).output("label").judged()).isEqualTo("label");
        Dataset rows = Dataset.arrays(Map.of("x", Toys.drawn(2, 6, 4)), Tensor.of(new long[] {0, 1, 2, 0, 1, 2}, 6));
        List<Progress> steps = new ArrayList<>();
        Trainer.of(model).onStep(steps::add).fit(rows.batched(6), Epochs.of(2)).close();
        assertThat(steps.getLast().loss()).isLessThan(steps.getFirst().loss());
    }

    @Test
    void judgesWhatADictionaryIsMadeOf() {
        GraphBuilder g = new GraphBuilder("scores by name");
        Value x = g.input("x", Type.tensor(DType.F32, 6, 4));
        Value scores = g.apply(new Products.MatMul(), x, g.parameter("w", Toys.drawn(1, 4, 3)));
        g.output("label", g.apply(new ArgReduce(true, 1, false, false), scores));
        g.output("named", g.apply(new Labels.ZipMap(Tensor.of(new String[] {"a", "b", "c"}, 3)), scores));
        Model model = Model.of(g.build(), Toys.OPTIONS);
        assertThat(Trainer.of(model).judged()).isEqualTo("named");
        Map<String, Tensor> inputs = Map.of("x", Toys.drawn(2, 6, 4));
        try (Model judging = Trainer.of(model).judging()) {
            assertThat(judging.run(inputs).get("judged").type()).hasToString("f32[6,3]");
        }
        Dataset rows = Dataset.arrays(inputs, Tensor.of(new long[] {0, 1, 2, 0, 1, 2}, 6));
        List<Progress> steps = new ArrayList<>();
        Trainer.of(model).onStep(steps::add).fit(rows.batched(6), Epochs.of(2)).close();
        assertThat(steps.getLast().loss()).isLessThan(steps.getFirst().loss());
    }

    /// The rows of a state lie along its second axis.
    @Test
    void takesBatchesAsTheyAre() {
        GraphBuilder g = new GraphBuilder("state");
        Dim rows = Dim.symbol("N");
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(rows, Dim.of(4))));
        Value state = g.input("state", Type.tensor(DType.F32, Shape.of(Dim.of(2), rows, Dim.of(3))));
        Value scores = g.apply(new Products.MatMul(), x, g.parameter("w", Toys.drawn(1, 4, 3)));
        Value sum = g.apply(new Reduce(Reduce.Kind.SUM, false), state, g.longs(0));
        g.output("y", g.apply(Arithmetic.ADD, scores, sum));
        Model model = Model.of(g.build(), Toys.OPTIONS);
        List<Dataset.Batch> batches = Stream.of(5, 3)
                .map(n -> new Dataset.Batch(
                        Map.of("x", Toys.drawn(n, n, 4), "state", Toys.drawn(n + 1, 2, n, 3)), Toys.drawn(n + 2, n, 3)))
                .toList();
        List<Progress> steps = new ArrayList<>();
        Trainer.of(model)
                .loss(Losses.mse())
                .optimizer(new SGD(0.2))
                .onStep(steps::add)
                .fit(Dataset.ofBatches(batches).shuffled(3), Epochs.of(4))
                .close();
        assertThat(steps).hasSize(8);
        assertThat(steps.getLast().epoch()).isEqualTo(4);
        Dataset wrong = Dataset.ofBatches(List.of(new Dataset.Batch(
                Map.of("x", Toys.drawn(1, 5, 4), "state", Toys.drawn(1, 3, 5, 3)), Toys.drawn(1, 5, 3))));
        assertThatThrownBy(() -> Trainer.of(model).loss(Losses.mse()).fit(wrong, Epochs.of(1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("\"state\" must be f32[2,N,3]");
    }

    /// One value a channel has no variance: the statistics stay, and the report says so.
    @Test
    void normalisesSingleValuesAsInInference() {
        GraphBuilder g = new GraphBuilder("single");
        Value x = g.input("x", Type.tensor(DType.F32, 1, 4));
        Value h = g.apply(new Products.MatMul(), x, g.parameter("w", Toys.drawn(1, 4, 3)));
        List<Value> operands = List.of(
                h,
                g.parameter("scale", Toys.drawn(2, 3)),
                g.parameter("bias", Toys.drawn(3, 3)),
                g.parameter("mean", Toys.drawn(4, 3)),
                g.parameter("var", Tensor.of(new float[] {1, 2, 3}, 3)));
        g.at("bn");
        g.output(
                "y",
                g.apply(new BatchNormalization(1e-5, 0.9, BatchNormalization.Mode.INFERENCE), operands)
                        .getFirst());
        Model model = Model.of(g.build(), Toys.OPTIONS);
        Trainer trainer = Trainer.of(model).loss(Losses.mse());
        assertThat(trainer.report().asInInference()).singleElement().asString().contains("bn");
        Dataset row = Dataset.arrays(Map.of("x", Toys.drawn(5, 1, 4)), Toys.drawn(6, 1, 3));
        Model after = trainer.fit(row, Epochs.of(2));
        assertThat(Toys.parameter(after, "var").sameAs(Toys.parameter(model, "var")))
                .isTrue();
        assertThat(Toys.parameter(after, "scale").sameAs(Toys.parameter(model, "scale")))
                .isFalse();
    }

    @Test
    void checksDataAndOutputs() {
        Model model = Toys.classifier(false, 0);
        Tensor labels = Tensor.zeros(DType.I64, 5);
        Dataset wide = Dataset.arrays(Map.of("x", Tensor.zeros(DType.F32, 5, 3)), labels);
        assertThatThrownBy(() -> Trainer.of(model).fit(wide, Epochs.of(1)))
                .isInstanceOf(DataException.class)
                .hasMessage("input \"x\" must be f32[N,4], the data set's \"x\" is f32[5,3]");
        assertThatThrownBy(() -> Trainer.of(model).output("y").fit(Toys.rows(), Epochs.of(1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no output \"y\"; it gives [scores]");
        assertThatThrownBy(() -> Trainer.of(model).freeze("*").fit(Toys.rows(), Epochs.of(1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nothing to train");
        GraphBuilder g = new GraphBuilder("classes");
        Value x = g.input("x", Type.tensor(DType.F32, 5, 3));
        Value best = g.apply(new ArgReduce(true, 1, false, false), x);
        g.output("best", g.apply(new Casting.Cast(DType.I32), best));
        Model classes = Model.of(g.build(), Toys.OPTIONS);
        assertThatThrownBy(() -> Trainer.of(classes).report())
                .isInstanceOf(DataException.class)
                .hasMessageContaining("a loss needs a tensor of floats");
    }
}
