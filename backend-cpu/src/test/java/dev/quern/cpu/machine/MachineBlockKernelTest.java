package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.BlockKernels;
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
        float[] small = new float[6 * 10];
        float[] b = new float[16 * 10];
        float[] c = new float[6 * 16];
        Scratch scratch = new Scratch();
        assertThatThrownBy(() -> kernel.multiply(scratch, small, 1, 6, b, 0, 16, 10, 0, 10, true, c))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.multiply(scratch, small, 0, 6, b, 1, 16, 10, 0, 10, true, c))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.multiply(scratch, small, 0, 7, b, 0, 16, 10, 0, 10, true, c))
                .isInstanceOf(IndexOutOfBoundsException.class);
        kernel.multiply(scratch, small, 0, 6, b, 0, 16, 10, 0, 10, true, c);
        assertThat(c).containsOnly(0f);
    }
}
