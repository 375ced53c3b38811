package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RandomsTest {
    private static final int N = 40_000;
    /// Five standard deviations of a mean of N numbers of variance 1.
    private static final double NOISE = 5 / Math.sqrt(N);

    private static double[] draw(DType type, Randoms.Distribution distribution, long seed) {
        return new Randoms.Random(type, Shape.of(N), distribution, seed)
                .evaluate(List.of())
                .getFirst()
                .toDoubles();
    }

    private static double mean(double... x) {
        return Arrays.stream(x).average().orElseThrow();
    }

    private static double[] product(double[] x, double[] y) {
        return IntStream.range(0, x.length).mapToDouble(i -> x[i] * y[i]).toArray();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "F16", "BF16"})
    void uniformNumbersFillTheirRangeEvenly(DType type) {
        double[] x = draw(type, new Randoms.Uniform(0, 1), 1);
        // The middle of [0, 1) lies half a step lower where only few numbers are possible.
        double coarse = type == DType.BF16 ? 0x1p-9 : 0;
        assertThat(Arrays.stream(x)).allMatch(v -> v >= 0 && v < 1);
        assertThat(mean(x)).isCloseTo(0.5 - coarse, within(NOISE / Math.sqrt(12)));
        assertThat(mean(product(x, x))).isCloseTo(1.0 / 3 - coarse, within(NOISE * 0.3));
    }

    @Test
    void normalNumbersHaveTheirMomentsAndTails() {
        double[] x = draw(DType.F64, new Randoms.Normal(0, 1), 2);
        double[] squares = product(x, x);
        assertThat(mean(x)).isCloseTo(0, within(NOISE));
        assertThat(mean(squares)).isCloseTo(1, within(NOISE * Math.sqrt(2)));
        assertThat(mean(product(squares, squares))).isCloseTo(3, within(NOISE * Math.sqrt(96)));
        assertThat(Arrays.stream(x).filter(v -> Math.abs(v) > 3).count()).isBetween(70L, 150L);
    }

    @Test
    void neighboursInPositionAndInSeedAreUnrelated() {
        double[] x = draw(DType.F64, new Randoms.Normal(0, 1), 3);
        double[] otherSeed = draw(DType.F64, new Randoms.Normal(0, 1), 4);
        double[] shifted =
                IntStream.range(0, N).mapToDouble(i -> x[(i + 1) % N]).toArray();
        assertThat(mean(product(x, otherSeed))).isCloseTo(0, within(NOISE));
        assertThat(mean(product(x, shifted))).isCloseTo(0, within(NOISE));
    }

    @Test
    void theSameSeedGivesTheSameNumbersAndTheOperandIsAdded() {
        Randoms.Uniform unit = new Randoms.Uniform(0, 1);
        Tensor like = Tensor.zeros(DType.I32, 100);
        Tensor five = Tensor.scalar(DType.I64, 5);
        Tensor sum = new Randoms.RandomLike(DType.F32, unit, 7)
                .evaluate(List.of(like, five))
                .getFirst();
        Tensor direct = new Randoms.RandomLike(DType.F32, unit, 12)
                .evaluate(List.of(like))
                .getFirst();
        assertThat(sum.sameAs(direct)).isTrue();
    }

    @Test
    void dropoutKeepsTheShareThatItSaysAndTheMean() {
        Tensor ones = Tensor.zeros(DType.F32, N);
        Arrays.fill((float[]) ones.array(), 1);
        Tensor step = Tensor.scalar(DType.I64, 9);
        double[] y = new RandomDropout.Masked(0.25, 1)
                .evaluate(List.of(ones, step))
                .getFirst()
                .toDoubles();
        double[] mask = new RandomDropout.Mask(0.25, 1)
                .evaluate(List.of(ones, step))
                .getFirst()
                .toDoubles();
        assertThat(mean(mask)).isCloseTo(0.75, within(NOISE * 0.45));
        assertThat(y).isEqualTo(Arrays.stream(mask).map(m -> (float) (m / 0.75)).toArray());
    }
}
