package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.op.Narrowing.ToPowerOfTwo;
import dev.quern.op.Narrowing.ToPowerOfTwo.Direction;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The tables in the text of ONNX Cast.
class NarrowingTest {
    private static final float INF = Float.POSITIVE_INFINITY;

    @ParameterizedTest
    @CsvSource({"F8E4M3FN, 448", "F8E4M3FNUZ, 240", "F8E5M2, 57344", "F8E5M2FNUZ, 57344"})
    void saturates(DType type, double highest) {
        boolean oneZero = type == DType.F8E4M3FNUZ || type == DType.F8E5M2FNUZ;
        assertThat(cast(new Narrowing.Saturated(type), 0, -0.0f, Float.NaN, INF, -INF, 1e6f, -1e6f, 1.1f))
                .containsExactly(
                        0, oneZero ? 0 : -0.0, Double.NaN, highest, -highest, highest, -highest, rounded(type));
    }

    private static double rounded(DType type) {
        return type == DType.F8E4M3FN || type == DType.F8E4M3FNUZ ? 1.125 : 1;
    }

    @ParameterizedTest
    @CsvSource({"F8E4M3FN, NaN, 464", "F8E4M3FNUZ, NaN, 247", "F8E5M2, Infinity, 61439", "F8E5M2FNUZ, NaN, 61439"})
    void overflows(DType type, double overflow, float lastInRange) {
        double[] y = cast(new Casting.Cast(type), INF, -INF, 1e6f, -1e6f, lastInRange, Math.nextUp(lastInRange + 1));
        assertThat(y).startsWith(overflow, -overflow, overflow, -overflow);
        assertThat(y[4]).isFinite();
        assertThat(y[5]).isEqualTo(Double.valueOf(overflow));
    }

    @ParameterizedTest
    @CsvSource({
        "UP, true, -127 127 127 -127 0 1 1 1 2",
        "DOWN, true, -127 127 127 -127 0 0 0 0 1",
        "NEAREST, true, -127 127 127 -127 0 0 1 1 2",
        "NEAREST, false, NaN NaN NaN NaN 0 0 1 1 2",
        "UP, false, NaN NaN NaN NaN 0 1 1 1 2"
    })
    void powersOfTwo(Direction direction, boolean saturate, String exponents) {
        double[] y = cast(
                new ToPowerOfTwo(direction, saturate),
                0,
                INF,
                0x1.8p127f,
                0x1p-129f,
                1,
                1.25f,
                1.5f,
                1.75f,
                3,
                Float.NaN);
        String[] expected = exponents.split(" ");
        for (int i = 0; i < expected.length; i++) {
            double power = expected[i].equals("NaN") ? Double.NaN : Math.scalb(1.0, Integer.parseInt(expected[i]));
            assertThat(y[i]).as("number %d", i).isEqualTo(Double.valueOf(power));
        }
        assertThat(y[expected.length]).isNaN();
    }

    private static double[] cast(ElementwiseOp op, float... x) {
        return op.evaluate(List.of(Tensor.of(x, x.length))).getFirst().toDoubles();
    }
}
