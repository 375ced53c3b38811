package dev.quern.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Straight-line code, substitution and printing: what is done to expressions as structures.
class StraightLineTest {
    private final Expr x = Expr.arg(0, DType.F32);
    private final Expr y = Expr.arg(1, DType.F32);

    @Test
    void computesEqualPartsOnce() {
        StraightLine line = StraightLine.of(List.of(
                x.exp().plus(y), x.exp().times(Expr.arg(0, DType.F32).exp())));
        assertThat(line.steps()).hasSize(5);
        assertThat(line.results()).containsExactly(3, 4);
        assertThat(line.args()).isEqualTo(Map.of(0, DType.F32, 1, DType.F32));
        assertThat(line.readsIndex()).isFalse();
        assertThat(StraightLine.of(Expr.index(0)).readsIndex()).isTrue();
    }

    @Test
    void isAKeyByStructure() {
        StraightLine line = StraightLine.of(x.exp().plus(y));
        assertThat(line)
                .isEqualTo(StraightLine.of(x.exp().plus(y)))
                .hasSameHashCodeAs(StraightLine.of(x.exp().plus(y)));
        assertThat(line)
                .isNotEqualTo(StraightLine.of(x.plus(y.exp())))
                .isNotEqualTo(StraightLine.of(x.log().plus(y)));
        assertThat(StraightLine.of(x.castTo(DType.I32))).isNotEqualTo(StraightLine.of(new Expr.BitCast(DType.I32, x)));
        assertThat(StraightLine.of(x.plus(1))).isNotEqualTo(StraightLine.of(x.plus(2)));
    }

    @Test
    void takesTimeOfTheDrawingNotOfTheTree() {
        Expr deep = x;
        Expr other = x;
        for (int i = 0; i < 200; i++) {
            deep = deep.times(deep);
            other = other.times(other);
        }
        assertThat(StraightLine.of(deep)).isEqualTo(StraightLine.of(other));
        assertThat(StraightLine.of(Substitution.of(deep, Map.of(0, y))).steps()).hasSize(201);
        assertThat(ExprPrinter.text(deep))
                .startsWith("t0 = x0 * x0; t1 = t0 * t0; ")
                .endsWith("t198 * t198");
    }

    @Test
    void substitutes() {
        assertThat(ExprPrinter.text(Substitution.of(x.times(y), Map.of(0, y.exp()))))
                .isEqualTo("exp(x1) * x1");
        assertThat(ExprPrinter.text(Substitution.renumber(x.minus(y), i -> 3 - i)))
                .isEqualTo("x3 - x2");
        Expr same = x.times(y);
        assertThat(Substitution.of(same, Map.of(7, x))).isSameAs(same);
        assertThatThrownBy(() -> Substitution.of(x.exp(), Map.of(0, Expr.index(0))))
                .isInstanceOf(ShapeException.class)
                .hasMessage("operand 0 of an expression is f32, its replacement i64");
    }

    /// 16-bit floats go on in `f32`; a cast to them stays, and smaller ones are rounded as a store would.
    @Test
    void substitutesWhatWouldHaveBeenStored() {
        Expr half = Expr.arg(0, DType.F16);
        Expr third = half.dividedBy(3);
        Expr fused = Substitution.of(half.times(3), Map.of(0, third));
        assertThat(ExprPrinter.text(fused)).isEqualTo("x0 / 3 * 3");
        assertThat(ExprPrinter.text(Substitution.of(half.times(3), Map.of(0, x.castTo(DType.F16)))))
                .isEqualTo("f16(x0) * 3");
        Expr small = Expr.arg(0, DType.F8E5M2);
        assertThat(ExprPrinter.text(Substitution.of(small.negate(), Map.of(0, small.dividedBy(3)))))
                .isEqualTo("-f8e5m2(x0 / 3)");
        assertThat(ExprPrinter.text(Substitution.of(half.times(3), Map.of(0, Expr.arg(2, DType.F16)))))
                .isEqualTo("x2 * 3");
    }

    @Test
    void prints() {
        assertThat(ExprPrinter.text(x.times(x.sigmoid()))).isEqualTo("x0 * sigmoid(x0)");
        assertThat(ExprPrinter.text(x.minus(y.minus(x)).dividedBy(x.plus(0.1))))
                .isEqualTo("(x0 - (x1 - x0)) / (x0 + 0.1)");
        assertThat(ExprPrinter.text(x.plus(y).negate().plus(-2))).isEqualTo("-(x0 + x1) + -2");
        assertThat(ExprPrinter.text(Expr.select(x.gt(y).and(x.lt(3)), x, y).times(2)))
                .isEqualTo("(x0 > x1 & x0 < 3 ? x0 : x1) * 2");
        assertThat(ExprPrinter.text(Expr.index(1).castTo(DType.F32).max(x))).isEqualTo("max(f32(i1), x0)");
        assertThat(ExprPrinter.text(Expr.constant(DType.U64, -1L))).isEqualTo("18446744073709551615");
        assertThat(ExprPrinter.text(Expr.constant(DType.F64, 1e-9))).isEqualTo("1.0E-9");
        assertThat(ExprPrinter.text(Expr.constant(DType.F32, -0.0))).isEqualTo("-0");
    }
}
