package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.Lowering;
import dev.quern.cpu.codegen.MapKernel;
import dev.quern.cpu.codegen.Operands;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bytes are elements of Maps in machine code: rows of them end where they end.
class MachineMapsTest {
    private static final byte UNTOUCHED = 77;
    private static final int ROWS = 3;

    @BeforeEach
    void canRun() {
        assumeTrue(
                MachineCode.obstacle().isEmpty(), () -> MachineCode.obstacle().orElse(""));
    }

    private static MapKernel kernel(Expr expr, Access... views) {
        LaneCode code = LaneCode.ofInstructions();
        List<Access> all = List.of(views);
        return new MachineMaps().assemble(code, new Lowering(code).lowerToStore(StraightLine.of(expr), all), all);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 9, 15, 16, 17, 31, 40, 1001})
    void bytesLessAZeroPointAndNothingBesideThem(int n) {
        for (DType type : List.of(DType.U8, DType.I8)) {
            Expr less = Expr.arg(0, type)
                    .castTo(DType.I32)
                    .minus(Expr.arg(1, type).castTo(DType.I32))
                    .castTo(type);
            MapKernel kernel = kernel(less, new Access(type, false), new Access(type, true), new Access(type, false));
            int step = n + 3;
            byte[] from = new byte[ROWS * n];
            for (int i = 0; i < from.length; i++) {
                from[i] = (byte) (i * 37);
            }
            byte[] zero = {0, (byte) 200};
            byte[] to = new byte[1 + ROWS * step];
            Arrays.fill(to, UNTOUCHED);
            Operands operands = Operands.of(from, zero, to);
            System.arraycopy(new int[] {0, 1, 1}, 0, operands.at(), 0, 3);
            System.arraycopy(new int[] {n, 0, step}, 0, operands.step(), 0, 3);
            kernel.run(operands, ROWS, n);
            byte[] want = new byte[to.length];
            Arrays.fill(want, UNTOUCHED);
            for (int i = 0; i < from.length; i++) {
                want[1 + i / n * step + i % n] = (byte) (from[i] - zero[1]);
            }
            assertThat(to).as("%d of %s", n, type).isEqualTo(want);
        }
    }

    @Test
    void boundsOfBytesAreChecked() {
        Access bytes = new Access(DType.U8, false);
        MapKernel copy = kernel(Expr.arg(0, DType.U8).max(Expr.constant(DType.U8, 1L)), bytes, bytes);
        Operands operands = Operands.of(new byte[20], new byte[19]);
        assertThatThrownBy(() -> copy.run(operands, 1, 20)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
