package dev.quern.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapeTest {

    /// `N,3,?` with `*` for an unknown rank and nothing for a scalar.
    private static Shape shape(String text) {
        if (text == null) {
            return Shape.SCALAR;
        }
        if (text.equals("*")) {
            return Shape.UNRANKED;
        }
        return Shape.of(Arrays.stream(text.split(","))
                .map(d -> d.equals("?") ? Dim.UNKNOWN : d.matches("\\d+") ? Dim.of(Long.parseLong(d)) : Dim.symbol(d))
                .toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|2,3|2,3",
                "2,3|3|2,3",
                "2,1|1,3|2,3",
                "5,1,4|7,1|5,7,4",
                "N,3|1|N,3",
                "N,1|1,M|N,M",
                "N|N|N",
                "N|5|5",
                "?|4|4",
                "?|1|?",
                "?|N|N",
                "0,3|1,3|0,3",
                "1|0|0",
                "*|3|*",
                "1,1|1|1,1"
            })
    void broadcasts(String a, String b, String expected) {
        assertThat(shape(a).broadcast(shape(b))).isEqualTo(shape(expected));
        assertThat(shape(b).broadcast(shape(a))).isEqualTo(shape(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"2,3|2|3 against 2", "0|2|0 against 2", "4,1,3|5,4|3 against 4"})
    void doesNotBroadcast(String a, String b, String why) {
        assertThatThrownBy(() -> shape(a).broadcast(shape(b)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("shapes " + shape(a) + " and " + shape(b) + " do not broadcast: " + why);
    }

    @Test
    void counts() {
        assertThat(Shape.SCALAR.elements()).isEqualTo(1);
        assertThat(Shape.of(2, 0, 3).elements()).isZero();
        assertThat(Shape.of(2, 3, 4).elements()).isEqualTo(24);
        assertThat(shape("N,3").size()).isEqualTo(Dim.UNKNOWN);
        assertThat(shape("N,1").size()).isEqualTo(Dim.symbol("N"));
        assertThat(shape("N,0").size()).isEqualTo(Dim.of(0));
        assertThatThrownBy(() -> Shape.elements(1L << 62, 4))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("at most 2147483647 elements");
        assertThatThrownBy(() -> Shape.elements(65536, 65536)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> Shape.elements(-1)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> shape("N").elements()).hasMessage("dimension N is not fixed yet");
    }

    @Test
    void axes() {
        Shape s = Shape.of(2, 3, 4);
        assertThat(s.dim(-1)).isEqualTo(Dim.of(4));
        assertThat(s.axis(-3)).isZero();
        assertThatThrownBy(() -> s.dim(3)).hasMessage("axis must be in -3 … 2, not 3");
        assertThatThrownBy(() -> s.dim(-4)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(Shape.UNRANKED::rank).hasMessage("the rank of this tensor is not known yet");
    }

    @Test
    void rebuilds() {
        Shape s = Shape.of(2, 3, 4);
        assertThat(s.with(1, Dim.symbol("N"))).isEqualTo(shape("2,N,4"));
        assertThat(s.slice(1, 3)).isEqualTo(Shape.of(3, 4));
        assertThat(s.slice(0, 0)).isEqualTo(Shape.SCALAR);
        assertThat(s.concat(Shape.of(5))).isEqualTo(Shape.of(2, 3, 4, 5));
        assertThat(s.map(d -> d.plus(1))).isEqualTo(Shape.of(3, 4, 5));
        assertThat(Shape.ofRank(2)).isEqualTo(shape("?,?"));
        assertThat(s.isConcrete()).isTrue();
        assertThat(shape("N").isConcrete()).isFalse();
        assertThat(Shape.UNRANKED.isConcrete()).isFalse();
    }

    @Test
    void prints() {
        assertThat(shape("N,3,?")).hasToString("[N,3,?]");
        assertThat(Shape.SCALAR).hasToString("[]");
        assertThat(Shape.UNRANKED).hasToString("[*]").isNotEqualTo(Shape.SCALAR);
    }
}
