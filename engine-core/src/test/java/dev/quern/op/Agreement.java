package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/// When a backend's result agrees with the oracle's, which was computed in double: integers, strings, NaN and
/// infinities exactly; floats to within a few roundings for each element that may have gone into the result,
/// measured by the largest number around.
record Agreement(double scale, long length) {
    /// Roundings within one element's expression.
    private static final int ROUNDINGS = 16;

    /// For results of a trial.
    static Agreement of(Trial trial) {
        DoubleStream all = trial.operands().stream()
                .filter(t -> t.dtype().isFloat())
                .flatMapToDouble(t -> Arrays.stream(t.toDoubles()))
                .map(Math::abs)
                .filter(v -> v <= 1e30);
        double largest = all.max().orElse(1);
        boolean elementwise = trial.op() instanceof ElementwiseOp;
        long most = trial.operands().stream().mapToLong(Tensor::length).max().orElse(1);
        return new Agreement(elementwise ? Math.min(largest, 10) : largest, elementwise ? 1 : most);
    }

    void check(List<? extends Datum> actual, List<? extends Datum> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            if (expected.get(i) instanceof Tensor t) {
                check(actual.get(i).asTensor(), t, "output " + i);
            } else {
                assertThat(actual.get(i)).isEqualTo(expected.get(i));
            }
        }
    }

    private void check(Tensor actual, Tensor expected, String what) {
        assertThat(actual.type()).as(what).isEqualTo(expected.type());
        if (!expected.dtype().isFloat()) {
            assertThat(actual.array()).as(what).isEqualTo(expected.array());
            return;
        }
        double largest = Math.max(
                scale,
                length == 1
                        ? 0
                        : Arrays.stream(expected.toDoubles())
                                .filter(Double::isFinite)
                                .map(Math::abs)
                                .max()
                                .orElse(0));
        for (int i = 0; i < expected.length(); i++) {
            double want = expected.getDouble(i);
            double got = actual.getDouble(i);
            double allowed = unit(expected.dtype()) * (ROUNDINGS + length) * Math.max(Math.abs(want), largest);
            boolean same = Double.compare(want, got) == 0 || Math.abs(want - got) <= allowed;
            assertThat(same)
                    .as("%s[%d]: expected %s, got %s, allowed difference %s", what, i, want, got, allowed)
                    .isTrue();
        }
    }

    /// Half the distance of 1 to the next number of the type.
    static double unit(DType type) {
        return switch (type) {
            case F64 -> 0x1p-53;
            case F16 -> 0x1p-11;
            case BF16 -> 0x1p-8;
            default -> 0x1p-24;
        };
    }
}
