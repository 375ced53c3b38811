package dev.quern.cpu.codegen;

import dev.quern.expr.FloatMath;
import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;

/// Sine and cosine of vectors with lanes too large for the fast way of [FloatMath].
final class RareAngles {
    private RareAngles() {}

    static FloatVector sines(FloatVector usual, FloatVector x) {
        return replace(usual, x, StrictMath::sin);
    }

    static FloatVector cosines(FloatVector usual, FloatVector x) {
        return replace(usual, x, StrictMath::cos);
    }

    private static FloatVector replace(FloatVector usual, FloatVector x, DoubleUnaryOperator function) {
        FloatVector result = usual;
        for (int lane = 0; lane < x.length(); lane++) {
            float angle = x.lane(lane);
            if (Math.abs(angle) > FloatMath.TRIG_LARGE) {
                result = result.withLane(lane, (float) function.applyAsDouble(angle));
            }
        }
        return result;
    }
}
