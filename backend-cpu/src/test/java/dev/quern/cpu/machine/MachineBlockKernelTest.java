package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.BlockKernels;
import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.gemm.Sums;
import dev.quern.cpu.run.Scratch;
import java.util.Optional;
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
    void whatLiesOutsideAnArrayIsRefusedBeforeTheCall() {
        BlockKernel kernel = new MachineBlockKernel();
        float[] a = new float[6 * 10];
        float[] b = new float[16 * 10];
        float[] c = new float[6 * 16];
        Scratch scratch = new Scratch();
        for (int step = 0; step <= 10; step += 10) {
            Factor fits = new Factor(a, 0, 10, step);
            Factor late = new Factor(a, 1, 10, step);
            Factor right = new Factor(b, 0, 10, step == 0 ? 0 : 16);
            Factor lateRight = new Factor(b, 1, 10, step == 0 ? 0 : 16);
            Sums sums = new Sums(c, 0, 16);
            assertThatThrownBy(() -> kernel.multiply(scratch, late, 6, right, 16, 0, 10, true, sums))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> kernel.multiply(scratch, fits, 6, lateRight, 16, 0, 10, true, sums))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> kernel.multiply(scratch, fits, 7, right, 16, 0, 10, true, sums))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> kernel.multiply(scratch, fits, 6, right, 16, 0, 10, true, new Sums(c, 1, 16)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            kernel.multiply(scratch, fits, 6, right, 16, 0, 10, true, sums);
        }
        assertThat(c).containsOnly(0f);
    }
}
