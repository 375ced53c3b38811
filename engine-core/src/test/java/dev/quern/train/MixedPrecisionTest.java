package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.expr.Expr;
import dev.quern.op.ExprOp;
import dev.quern.op.Reduce;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// 16 bits within a step, 32 from step to step.
class MixedPrecisionTest {
    @TempDir
    Path folder;

    private static List<Double> losses(Trainer trainer, int epochs, List<Model> trained) {
        List<Double> losses = new ArrayList<>();
        trained.add(trainer.onStep(p -> losses.add(p.loss())).fit(Toys.rows(), Epochs.of(epochs)));
        return losses;
    }

    private static Trainer trainer() {
        return Trainer.of(Toys.classifier(true, 0)).optimizer(new AdamW(0.02)).seed(3);
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void learnsAsIn32Bits(DType low) {
        List<Model> trained = new ArrayList<>();
        List<Double> full = losses(trainer(), 10, trained);
        List<Double> mixed = losses(trainer().mixedPrecision(low), 10, trained);
        assertThat(mixed).isNotEqualTo(full);
        for (int i = 0; i < full.size(); i++) {
            assertThat(mixed.get(i)).isCloseTo(full.get(i), within(0.02));
        }
        assertThat(mixed.getLast()).isLessThan(0.7 * mixed.getFirst());
        // parameters keep what 16 bits could not
        Tensor w = Toys.parameter(trained.getLast(), "fc1.weight");
        assertThat(w.dtype()).isEqualTo(DType.F32);
        assertThat(w.as(low).as(DType.F32).sameAs(w)).isFalse();
    }

    /// Kept in 16 bits, AdamW's mean of squares would be 0, and so would be what it divides by.
    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void aModelOf16BitsLearnsIn32(DType stored) {
        List<Model> trained = new ArrayList<>();
        List<Double> full = losses(trainer(), 10, trained);
        Model narrow = Toys.classifier(stored, true, 0);
        List<Double> losses = losses(
                Trainer.of(narrow).optimizer(new AdamW(0.02)).average(0.5).seed(3), 10, trained);
        for (int i = 0; i < full.size(); i++) {
            assertThat(losses.get(i)).isCloseTo(full.get(i), within(0.02));
        }
        assertThat(Toys.parameter(trained.getLast(), "fc1.weight").dtype()).isEqualTo(stored);
        assertThat(Toys.parameter(trained.getLast(), "bn.mean").dtype()).isEqualTo(stored);
    }

    /// 100 steps of a fiftieth of the distance to the next number of 8 bits: each alone would be lost.
    @Test
    void stepsTooSmallFor16BitsAddUp() {
        List<Model> trained = new ArrayList<>();
        Model narrow = Toys.classifier(DType.BF16, false, 0);
        Trainer trainer = Trainer.of(narrow).optimizer(new AdamW(3e-5, 0.9, 0.999, 1e-8, 0));
        losses(trainer, 20, trained);
        Tensor before = Toys.parameter(narrow, "fc1.weight");
        Tensor after = Toys.parameter(trained.getLast(), "fc1.weight");
        assertThat(after.sameAs(before)).isFalse();
    }

    @Test
    void validatesAndResumesAModelOf16Bits() {
        List<Model> trained = new ArrayList<>();
        Model narrow = Toys.classifier(DType.F16, true, 0);
        List<Double> whole = losses(Trainer.of(narrow).validate(Toys.rows(), 3), 4, trained);
        List<Double> parts = losses(
                Trainer.of(narrow)
                        .validate(Toys.rows(), 3)
                        .checkpoint(folder, 100)
                        .maxSteps(5),
                4,
                trained);
        parts.addAll(losses(Trainer.of(narrow).validate(Toys.rows(), 3).resume(folder), 4, trained));
        assertThat(parts).isEqualTo(whole);
        assertThat(Toys.parameter(trained.getLast(), "fc2.weight"))
                .matches(w -> w.sameAs(Toys.parameter(trained.getFirst(), "fc2.weight")));
    }

    @Test
    void goesOnWithTheScaleThatItHad() {
        List<Model> trained = new ArrayList<>();
        List<Double> whole = losses(trainer().mixedPrecision(DType.F16), 4, trained);
        List<Double> parts = losses(
                trainer().mixedPrecision(DType.F16).checkpoint(folder, 100).maxSteps(5), 4, trained);
        parts.addAll(losses(trainer().mixedPrecision(DType.F16).resume(folder), 4, trained));
        assertThat(parts).isEqualTo(whole);
        assertThatThrownBy(() -> losses(trainer().resume(folder), 4, trained)).isInstanceOf(CheckpointException.class);
    }

    /// Gradients of a loss so large overflow f16 until the scale is small enough.
    @Test
    void scalesTheLossLessWhereGradientsOverflow() {
        Loss large = (g, output, label) -> {
            Reduce sum = new Reduce(Reduce.Kind.SUM, false);
            return g.apply(sum, ExprOp.apply(g, "Large", a -> square(a.get(0)).times(1000), output));
        };
        List<Model> trained = new ArrayList<>();
        Trainer trainer = Trainer.of(Toys.classifier(false, 0)).loss(large).optimizer(new AdamW(0.02));
        List<Double> losses = losses(trainer.mixedPrecision(DType.F16), 5, trained);
        assertThat(losses.getLast()).isLessThan(losses.getFirst());
    }

    private static Expr square(Expr x) {
        return x.times(x);
    }

    @Test
    void theScaleDoublesAndHalves() {
        Tensor kept = LossScale.initial();
        LossScale scale = new LossScale(kept);
        for (int i = 0; i < 1999; i++) {
            scale.worked();
        }
        assertThat(scale.value().getDouble(0)).isEqualTo(65536);
        scale.worked();
        assertThat(scale.value().getDouble(0)).isEqualTo(131072);
        for (int i = 0; i < 17; i++) {
            assertThat(scale.halve()).isTrue();
        }
        assertThat(scale.value().getDouble(0)).isEqualTo(1);
        assertThat(scale.halve()).isFalse();
        assertThatThrownBy(() -> new MixedPrecision(DType.F64)).isInstanceOf(IllegalArgumentException.class);
    }
}
