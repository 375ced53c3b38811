package dev.quern.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

class JoinedLaunchTest {
    private static final List<Buffer> BUFFERS = List.of(
            new Buffer(DType.F32, 1, new Buffer.Input(0)),
            new Buffer(DType.F32, 4096, new Buffer.Input(1)),
            new Buffer(DType.F32, 4096, new Buffer.Output(0)),
            new Buffer(DType.F32, 4096, new Buffer.Input(2)),
            new Buffer(DType.F32, 4096, new Buffer.Output(1)),
            new Buffer(DType.I32, 4096, new Buffer.Input(3)),
            new Buffer(DType.I32, 4096, new Buffer.Output(2)));

    /// The rate, buffer 0, times `length` elements of a buffer, in the next one.
    private static Launch scaled(int from, int length, Target target) {
        Expr product = Expr.arg(0, DType.F32).times(Expr.arg(1, DType.F32));
        Kernel.Map map = new Kernel.Map(
                List.of(View.dense(0, DType.F32, 1).expand(length), View.dense(from, DType.F32, length)),
                List.of(product),
                List.of(View.dense(from + 1, DType.F32, length)));
        return KernelCode.of(map, BUFFERS, target).getFirst();
    }

    @Test
    void eachItemFindsItsOwnArraysAndNumbers() {
        Launch joined = JoinedLaunch.of(
                List.of(scaled(1, 100, Target.GPU), scaled(3, 70, Target.GPU), scaled(1, 30, Target.GPU)));
        assertThat(joined.text()).startsWith("""
                        KERNEL GROUP(64) %s(GLOBAL i32* status, int step, int from, int items, GLOBAL float* a0, \
                        GLOBAL float* a1, GLOBAL float* a2, GLOBAL float* a3, GLOBAL float* a4, int c0, int c1, int c2, \
                        int c3, int c4, int c5, int c6, int c7) {
                            int item = from + ITEM;
                            if (item >= items) return;
                            GLOBAL float* p0;
                            GLOBAL float* p1;
                            GLOBAL float* p2;
                            int n0;
                            int n1;
                            if (item < c0) {
                                p0 = a0; p1 = a1; p2 = a2; n0 = c2; n1 = c3;
                            } else {
                                if (item < c1) {
                                    item -= c0; p0 = a0; p1 = a3; p2 = a4; n0 = c4; n1 = c5;
                                } else {
                                    item -= c1; p0 = a0; p1 = a1; p2 = a2; n0 = c6; n1 = c7;
                                }
                            }
                        """.formatted(joined.function()));
        assertThat(joined.numbers()).containsExactly(100, 170, 100, 100, 70, 70, 30, 30);
        assertThat(joined.arrays().stream()
                        .map(a -> ((Launch.OfBuffer) a).buffer())
                        .toList())
                .containsExactly(0, 1, 2, 3, 4);
        assertThat(joined.items()).isEqualTo(200);
        assertThat(joined.group()).isEqualTo(64);
    }

    @Test
    void whatCanFailStaysAlone() {
        Kernel.Map quotient = new Kernel.Map(
                List.of(View.dense(5, DType.I32, 9)),
                List.of(Expr.constant(DType.I32, 7L).dividedBy(Expr.arg(0, DType.I32))),
                List.of(View.dense(6, DType.I32, 9)));
        assertThat(JoinedLaunch.accepts(
                        KernelCode.of(quotient, BUFFERS, Target.GPU).getFirst()))
                .isFalse();
        assertThat(JoinedLaunch.accepts(scaled(1, 100, Target.CPU))).isTrue();
        assertThat(JoinedLaunch.accepts(scaled(1, 100, Target.FPGA))).isFalse();
    }

    @Test
    void argumentsAreCounted() {
        Launch one = scaled(1, 100, Target.GPU);
        Launch joined = JoinedLaunch.of(List.of(one, scaled(3, 70, Target.GPU)));
        int bytes = JoinedLaunch.commonBytes()
                + 8 * joined.arrays().size()
                + 4 * joined.numbers().size();
        assertThat(bytes).isLessThanOrEqualTo(JoinedLaunch.commonBytes() + 2 * JoinedLaunch.bytes(one));
    }
}
