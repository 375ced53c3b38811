package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.BlockKernels;
import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.gemm.Gathering;
import dev.quern.cpu.gemm.RowOffsets;
import dev.quern.cpu.gemm.Sums;
import dev.quern.cpu.run.Scratch;
import dev.quern.expr.Expr;
import dev.quern.tensor.DType;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The loops that Java wrote as machine code, against the plain form.
class MachineBlockKernelTest {

    @BeforeEach
    void needsMachineCode() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> obstacle.orElse(""));
    }

    @Test
    void sameBitsAsThePlainForm() {
        BlockKernels.compareWithPlain(new MachineBlockKernel());
    }

    @Test
    void sumsAreEndedBeforeTheyAreStored() {
        BlockKernel kernel = new MachineBlockKernel();
        assumeTrue(kernel.takesHalfPanels(), "endings are of 256 bits");
        Expr operands = Expr.arg(1, DType.F32).plus(Expr.arg(2, DType.F32));
        Expr sum = Expr.arg(0, DType.F32).times(Expr.arg(3, DType.F32)).plus(operands);
        BlockKernels.compareEnded(
                kernel, Expr.select(sum.le(sum.like(0)), sum.like(0), sum), (x, y) -> Math.max(x + y, 0f));
    }

    @Test
    void whatLiesOutsideAnArrayIsRefusedBeforeTheCall() {
        BlockKernel kernel = new MachineBlockKernel();
        float[] a = new float[6 * 10];
        float[] b = new float[16 * 10];
        float[] c = new float[6 * 16];
        Scratch scratch = new Scratch();
        RowOffsets offsets =
                new RowOffsets(IntStream.range(0, 10).map(p -> 16 * p).toArray());
        for (boolean packed : new boolean[] {true, false}) {
            Factor fits = packed ? new Factor().packed(a, 0, 10) : new Factor().rows(a, 0, 10);
            Factor late = packed ? new Factor().packed(a, 1, 10) : new Factor().rows(a, 1, 10);
            for (int form = 0; form < 3; form++) {
                Factor right = right(b, 0, form, offsets);
                Factor lateRight = right(b, 1, form, offsets);
                Sums sums = new Sums().in(c, 0, 16);
                refused(() -> kernel.multiply(scratch, late, 6, right, 16, 0, 10, true, sums));
                refused(() -> kernel.multiply(scratch, fits, 6, lateRight, 16, 0, 10, true, sums));
                refused(() -> kernel.multiply(scratch, fits, 7, right, 16, 0, 10, true, sums));
                refused(() -> kernel.multiply(scratch, fits, 6, right, 32, 0, 10, true, sums));
                refused(() -> kernel.multiply(scratch, fits, 6, right, 16, 1, 10, true, sums));
                refused(() -> kernel.multiply(scratch, fits, 6, right, 16, 0, 10, true, new Sums().in(c, 1, 16)));
                kernel.multiply(scratch, fits, 6, right, 16, 0, 10, true, sums);
            }
        }
        assertThat(c).containsOnly(0f);
    }

    @Test
    void gatheredLinesOutsideAreRefused() {
        BlockKernel kernel = new MachineBlockKernel();
        float[] a = new float[60];
        Factor right = new Factor().packed(new float[160], 0, 10);
        Sums sums = new Sums().in(new float[96], 0, 16);
        int[] offsets = IntStream.range(0, 10).toArray();
        int[] lines = IntStream.range(0, 6).map(i -> 10 * i).toArray();
        Gathering fits = new Gathering(offsets, lines);
        Scratch scratch = new Scratch();
        refused(() -> kernel.multiply(scratch, new Factor().gathered(a, 1, fits, 0), 6, right, 16, 0, 10, true, sums));
        refused(() -> kernel.multiply(scratch, new Factor().gathered(a, 0, fits, 1), 6, right, 16, 0, 10, true, sums));
        refused(() -> kernel.multiply(scratch, new Factor().gathered(a, 0, fits, 0), 6, right, 16, 1, 10, true, sums));
        assertThatThrownBy(() -> new Gathering(new int[] {-1}, lines)).isInstanceOf(IllegalArgumentException.class);
        kernel.multiply(scratch, new Factor().gathered(a, 0, fits, 0), 6, right, 16, 0, 10, true, sums);
        assertThat(sums.array()).containsOnly(0f);
    }

    private static Factor right(float[] b, int at, int form, RowOffsets offsets) {
        return switch (form) {
            case 0 -> new Factor().packed(b, at, 10);
            case 1 -> new Factor().rows(b, at, 16);
            default -> new Factor().scattered(b, at, offsets);
        };
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
