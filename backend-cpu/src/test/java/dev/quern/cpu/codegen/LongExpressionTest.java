package dev.quern.cpu.codegen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.machine.MachineCode;
import dev.quern.cpu.machine.MachineMaps;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Values of machine code lie on the thread's stack, which has to bear them.
class LongExpressionTest {
    private static MapKernel assembled(int depth) {
        Expr x = Expr.arg(0, DType.F32);
        for (int i = 0; i < depth; i++) {
            x = x.apply(BinaryFn.MAX, x.times(x));
        }
        List<Access> views = List.of(new Access(DType.F32, false), new Access(DType.F32, false));
        LaneCode code = LaneCode.ofInstructions();
        int[] results = new Lowering(code).lowerToStore(StraightLine.of(List.of(x)), views);
        return new MachineMaps().assemble(code, results, views);
    }

    @Test
    void tooManyValuesAreLeftToAnotherForm() {
        assumeTrue(MachineCode.obstacle().isEmpty());
        assertThat(assembled(4)).isNotNull();
        assertThatThrownBy(() -> assembled(150))
                .isInstanceOf(NotGenerated.class)
                .hasMessageContaining("stack");
    }
}
