package dev.quern.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementsTest {

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"STRING", "C64", "C128", "F8E8M0"})
    void storeAndLoad(DType type) {
        Elements e = Elements.zeros(type, 3);
        assertThat(e.length()).isEqualTo(3);
        assertThat(e.getDouble(2)).isZero();
        e.set(1, 1.0);
        e.set(2, 1L);
        assertThat(e.getDouble(1)).isEqualTo(1);
        assertThat(e.getLong(2)).isEqualTo(1);
        e.copy(0, e, 2);
        assertThat(e.getLong(0)).isEqualTo(1);
        assertThat(type.newArray(4).getClass()).isEqualTo(type.carrier());
        assertThatThrownBy(() -> e.getString(0)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> e.set(0, "one")).isInstanceOf(ShapeException.class);
    }

    @ParameterizedTest
    @EnumSource(names = {"U2", "U4", "U8", "U16", "U32", "U64"})
    void unsignedValuesKeepTheirTopBit(DType type) {
        Elements e = Elements.zeros(type, 2);
        e.set(0, -1L);
        assertThat(e.getDouble(0)).isEqualTo(Math.scalb(1.0, type.bits()) - (type == DType.U64 ? 0 : 1));
        assertThat(e.getLong(0)).isEqualTo(-1L >>> (64 - type.bits()));
        double half = Math.scalb(1.0, type.bits() - 1);
        e.set(1, half);
        assertThat(e.getDouble(1)).isEqualTo(half);
    }

    @Test
    void signedValuesWrapAndSaturate() {
        Elements bytes = Elements.zeros(DType.I8, 2);
        bytes.set(0, 130L);
        bytes.set(1, -129.7);
        assertThat((byte[]) bytes.array()).containsExactly(-126, 127);
        Elements ints = Elements.zeros(DType.I32, 2);
        ints.set(0, 1L << 32 | 5);
        ints.set(1, 1e12);
        assertThat((int[]) ints.array()).containsExactly(5, Integer.MAX_VALUE);
    }

    @Test
    void booleansAreZeroOrOne() {
        Elements e = Elements.zeros(DType.BOOL, 3);
        e.set(0, -3L);
        e.set(1, 0.25);
        e.set(2, -0.0);
        assertThat((byte[]) e.array()).containsExactly(1, 1, 0);
    }

    @Test
    void strings() {
        Elements e = Elements.zeros(DType.STRING, 2);
        assertThat(e.getString(1)).isEmpty();
        e.set(1, "é");
        assertThat(e.getString(1)).isEqualTo("é");
        assertThatThrownBy(() -> e.getDouble(0)).hasMessage("a tensor of real numbers is needed, not one of string");
        assertThatThrownBy(() -> e.set(0, 1L)).isInstanceOf(ShapeException.class);
    }

    @Test
    void wantTheArrayOfTheirType() {
        assertThatThrownBy(() -> new Elements(DType.U16, new int[2]))
                .isInstanceOf(ShapeException.class)
                .hasMessage("elements of type u16 live in short[], not in int[]");
    }
}
