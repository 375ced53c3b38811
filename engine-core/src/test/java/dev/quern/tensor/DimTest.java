package dev.quern.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DimTest {
    private static final Dim N = Dim.symbol("N");
    private static final Dim UNKNOWN = Dim.UNKNOWN;

    @Test
    void sums() {
        assertThat(Dim.of(2).plus(Dim.of(3))).isEqualTo(Dim.of(5));
        assertThat(N.plus(Dim.of(0))).isEqualTo(N);
        assertThat(Dim.of(0).plus(N)).isEqualTo(N);
        assertThat(N.plus(0)).isEqualTo(N);
        assertThat(N.plus(1)).isEqualTo(UNKNOWN);
        assertThat(Dim.of(7).plus(-3)).isEqualTo(Dim.of(4));
        assertThatThrownBy(() -> Dim.of(1).plus(-2)).hasMessage("a dimension must be at least 0, not -1");
        assertThatThrownBy(() -> Dim.of(Long.MAX_VALUE).plus(1)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void productsAndQuotients() {
        assertThat(Dim.of(4).times(Dim.of(3))).isEqualTo(Dim.of(12));
        assertThat(N.times(Dim.of(1))).isEqualTo(N);
        assertThat(Dim.of(1).times(N)).isEqualTo(N);
        assertThat(N.times(0)).isEqualTo(Dim.of(0));
        assertThat(Dim.of(0).times(N)).isEqualTo(Dim.of(0));
        assertThat(N.times(2)).isEqualTo(UNKNOWN);
        assertThat(Dim.of(7).dividedBy(2)).isEqualTo(Dim.of(3));
        assertThat(N.dividedBy(1)).isEqualTo(N);
        assertThat(N.dividedBy(2)).isEqualTo(UNKNOWN);
    }

    @Test
    void unification() {
        assertThat(Dim.of(3).unify(N)).isEqualTo(Dim.of(3));
        assertThat(N.unify(Dim.of(3))).isEqualTo(Dim.of(3));
        assertThat(N.unify(UNKNOWN)).isEqualTo(N);
        assertThat(UNKNOWN.unify(N)).isEqualTo(N);
        assertThat(N.unify(Dim.symbol("M"))).isEqualTo(N);
        assertThatThrownBy(() -> Dim.of(3).unify(Dim.of(4)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("dimension 3 must equal 4");
    }

    @Test
    void extents() {
        assertThat(Dim.of(3).extent()).isEqualTo(3);
        assertThat(Dim.of(3).is(3)).isTrue();
        assertThat(N.is(3)).isFalse();
        assertThatThrownBy(N::extent).isInstanceOf(ShapeException.class).hasMessage("dimension N is not fixed yet");
    }
}
