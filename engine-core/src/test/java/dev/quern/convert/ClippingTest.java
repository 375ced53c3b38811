package dev.quern.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quern.session.ModelException;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What of a distribution is covered.
final class ClippingTest {
    private final Histogram seen = new Histogram();

    /// Numbers from −1 to 3, evenly, in two parts of which the second has the larger ones.
    private void even() {
        for (int part = 0; part < 2; part++) {
            Tensor t = Tensor.zeros(DType.F32, 20_000);
            for (int i = 0; i < t.length(); i++) {
                t.elements().set(i, -1 + 2.0 * part + 2.0 * i / t.length());
            }
            seen.add(t);
        }
    }

    @Test
    void all() {
        even();
        Clipping.Span span = new Clipping.None().of(seen);
        assertThat(span.least()).isEqualTo(-1);
        assertThat(span.largest()).isCloseTo(3, within(1e-3));
    }

    @Test
    void percentile() {
        even();
        Clipping.Span span = new Clipping.Percentile(90).of(seen);
        assertThat(span.least()).isCloseTo(-0.8, within(0.01));
        assertThat(span.largest()).isCloseTo(2.8, within(0.01));
        assertThat(new Clipping.Percentile(100).of(seen).least()).isCloseTo(-1, within(0.01));
    }

    @Test
    void entropyLeavesOutAFewLargeNumbers() {
        Random random = new Random(1);
        Tensor t = Tensor.zeros(DType.F32, 100_000);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextGaussian());
        }
        t.elements().set(7, 40.0);
        seen.add(t);
        assertThat(new Clipping.None().of(seen).largest()).isEqualTo(40);
        Clipping.Span span = new Clipping.Entropy().of(seen);
        assertThat(span.largest()).isBetween(2.5, 10.0);
        assertThat(span.least()).isBetween(-10.0, -2.5);
    }

    @Test
    void rangesThatGrowKeepTheirCounts() {
        seen.add(Tensor.of(new float[] {0, 0, 0}, 3));
        seen.add(Tensor.of(new float[] {0.5f, -0.25f}, 2));
        seen.add(Tensor.of(new float[] {100, Float.NaN, Float.POSITIVE_INFINITY}, 3));
        long total = 0;
        for (long c : seen.magnitudes()) {
            total += c;
        }
        assertThat(total).isEqualTo(6);
        assertThat(seen.least()).isEqualTo(-0.25);
        assertThat(seen.largest()).isEqualTo(100);
    }

    @Test
    void words() {
        assertThat(Clipping.parse("entropy")).isEqualTo(new Clipping.Entropy());
        assertThat(Clipping.parse("99.9")).isEqualTo(new Clipping.Percentile(99.9));
        assertThatThrownBy(() -> Clipping.parse("most")).isInstanceOf(ModelException.class);
        assertThatThrownBy(() -> Clipping.parse("5")).isInstanceOf(ModelException.class);
    }
}
