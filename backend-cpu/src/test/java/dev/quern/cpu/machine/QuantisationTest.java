package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.cpu.machine.Quantisation.Product;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Which scales need no division.
class QuantisationTest {
    @Test
    void hardlyAnyScaleNeedsTheDivision() {
        SplittableRandom random = new SplittableRandom(1);
        int found = 0;
        for (int i = 0; i < 200; i++) {
            float scale = (float) Math.exp(random.nextDouble(-20, 20));
            found += quantisation(scale).product().isPresent() ? 1 : 0;
        }
        assertThat(found).isGreaterThan(195);
    }

    @Test
    void numbersAreKeptBetweenTheLowestAndTheGreatestLevel() {
        Product product = quantisation(0.5f).product().orElseThrow();
        assertThat(product.least()).isEqualTo(-1.75f);
        assertThat(product.greatest()).isEqualTo(Math.nextUp(125.25f));
        assertThat(product.high()).isEqualTo(2f);
        assertThat(product.low()).isZero();
    }

    private static Quantisation quantisation(float scale) {
        return new Quantisation(0, scale, 4, 0, 255);
    }
}
