package dev.quern.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ComplexTest {
    private static final Complex A = new Complex(1, -2);
    private static final Complex B = new Complex(0.5, 4);

    @Test
    void arithmeticAndOrder() {
        assertThat(A.plus(B)).isEqualTo(new Complex(1.5, 2));
        assertThat(A.times(B)).isEqualTo(new Complex(8.5, 3));
        assertThat(Stream.of(A, new Complex(1, -3), B).sorted()).containsExactly(B, new Complex(1, -3), A);
        assertThat(Stream.of(A, new Complex(0, -0.0), new Complex(0, 1)).filter(Complex::isNonzero))
                .hasSize(2);
        assertThat(A).hasToString("1.0-2.0i");
        assertThat(new Complex(0, -0.0)).hasToString("0.0-0.0i");
        assertThat(B).hasToString("0.5+4.0i");
    }

    @Test
    void tensorsOfParts() {
        Tensor pairs = Tensor.of(new double[] {1, -2, 0.1, 4}, 4);
        Tensor wide = Tensor.ofPairs(pairs, 2);
        assertThat(wide.type()).hasToString("c128[2]");
        assertThat(wide.getComplex(1)).isEqualTo(new Complex(0.1, 4));
        assertThat(wide.toPairs().sameAs(pairs)).isTrue();
        assertThat(Tensor.complex(wide.real(), wide.imaginary()).sameAs(wide)).isTrue();
        assertThat(Tensor.zeros(DType.C64, 2).getComplex(1)).isEqualTo(Complex.ZERO);
    }

    @Test
    void partsOfTheNarrowTypeAreFloats() {
        Elements narrow = Elements.zeros(DType.C64, 1);
        narrow.set(0, new Complex(0.1, 1e300));
        assertThat(narrow.getComplex(0)).isEqualTo(new Complex(0.1f, Double.POSITIVE_INFINITY));
    }

    @Test
    void realAndComplexAreNotMixed() {
        Tensor complex = Tensor.zeros(DType.C64, 1);
        Tensor real = Tensor.zeros(DType.F32, 1);
        assertThatThrownBy(() -> complex.getDouble(0))
                .isInstanceOf(ShapeException.class)
                .hasMessage("a tensor of real numbers is needed, not one of c64");
        assertThatThrownBy(() -> real.getComplex(0))
                .isInstanceOf(ShapeException.class)
                .hasMessage("a tensor of complex numbers is needed, not one of f32");
        assertThatThrownBy(() -> Tensor.complex(real, Tensor.zeros(DType.F64, 1)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("parts must be both f32 or both f64");
        assertThatThrownBy(() -> Tensor.ofPairs(real, 1)).isInstanceOf(ShapeException.class);
    }
}
