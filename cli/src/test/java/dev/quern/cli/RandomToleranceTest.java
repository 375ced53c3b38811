package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.tensor.Tensor;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RandomToleranceTest {
    private static Tensor normal(long seed, double mean, double scale) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] x = new double[1000];
        for (int i = 0; i < x.length; i++) {
            x[i] = mean + scale * random.nextGaussian();
        }
        return Tensor.of(x, x.length);
    }

    @Test
    void otherNumbersOfTheSameDistribution() {
        assertThat(RandomTolerance.difference(normal(1, 0, 1), normal(2, 0, 1))).isEmpty();
        assertThat(RandomTolerance.difference(Tensor.of(new float[] {0, 1, 1}, 3), Tensor.of(new float[] {1, 0, 1}, 3)))
                .isEmpty();
    }

    @Test
    void anotherMeanOrSpread() {
        assertThat(RandomTolerance.difference(normal(1, 0, 1), normal(2, 0.3, 1))
                        .orElseThrow())
                .startsWith("mean: ");
        assertThat(RandomTolerance.difference(normal(1, 0, 1), normal(2, 0, 1.3))
                        .orElseThrow())
                .startsWith("mean square: ");
        assertThat(RandomTolerance.difference(normal(1, 0, 1), normal(2, Double.NaN, 1)))
                .isPresent();
    }

    @Test
    void otherShapesTypesAndKinds() {
        Tensor trials = Tensor.of(new float[] {0, 1, 1}, 3);
        assertThat(RandomTolerance.difference(trials, Tensor.of(new float[] {0, 1}, 2)))
                .isPresent();
        assertThat(RandomTolerance.difference(trials, Tensor.of(new double[] {0, 1, 1}, 3)))
                .isPresent();
        assertThat(RandomTolerance.difference(trials, Tensor.of(new float[] {0, 0.9f, 1}, 3)))
                .contains("expected zeros and ones only, got others");
        assertThat(RandomTolerance.difference(Tensor.of(new float[100], 100), ones(100)))
                .isPresent();
    }

    private static Tensor ones(int n) {
        float[] x = new float[n];
        java.util.Arrays.fill(x, 1);
        return Tensor.of(x, n);
    }
}
