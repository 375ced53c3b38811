package dev.quern.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JoiningTest {
    private static final int LENGTH = 100;

    /// Doubles buffer `from` into buffer `to`.
    private record Doubling(int from, int to) {}

    /// Buffers 0 to 3 are inputs, 4 to 7 outputs, 8 and 9 lie in one slot.
    private static Program program(Doubling... all) {
        List<Buffer> buffers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            buffers.add(new Buffer(
                    DType.F32,
                    LENGTH,
                    i < 4 ? new Buffer.Input(i) : i < 8 ? new Buffer.Output(i - 4) : new Buffer.Temporary(0)));
        }
        List<Program.Step> steps = new ArrayList<>();
        for (Doubling d : all) {
            Kernel map = new Kernel.Map(
                    List.of(View.dense(d.from(), DType.F32, LENGTH)),
                    List.of(Expr.arg(0, DType.F32).times(2)),
                    List.of(View.dense(d.to(), DType.F32, LENGTH)));
            steps.add(new Program.Step(map, List.of()));
        }
        List<View> outputs = new ArrayList<>();
        for (int i = 4; i < 8; i++) {
            outputs.add(View.dense(i, DType.F32, LENGTH));
        }
        return new Program(buffers, List.of(new Program.Slot(DType.F32, LENGTH)), List.of(0, 1, 2, 3), outputs, steps);
    }

    /// How many items each step's launches have.
    private static List<Integer> items(int argumentBytes, Doubling... all) {
        Program program = program(all);
        List<List<Launch>> alone = program.steps().stream()
                .map(s -> KernelCode.of(s.kernel(), program.buffers(), Target.GPU))
                .toList();
        return Joining.of(program, alone, argumentBytes).stream()
                .map(launches -> launches.stream().mapToInt(Launch::items).sum())
                .toList();
    }

    @Test
    void independentMapsAreOneLaunch() {
        assertThat(items(4096, new Doubling(0, 4), new Doubling(1, 5), new Doubling(0, 6)))
                .containsExactly(300, 0, 0);
    }

    @Test
    void whatReadsAResultWaits() {
        assertThat(items(4096, new Doubling(0, 4), new Doubling(4, 5), new Doubling(1, 6), new Doubling(5, 7)))
                .containsExactly(200, 100, 0, 100);
    }

    @Test
    void aSlotIsNotWrittenBeforeItIsRead() {
        assertThat(items(4096, new Doubling(0, 8), new Doubling(8, 4), new Doubling(1, 9), new Doubling(9, 5)))
                .containsExactly(100, 100, 100, 100);
    }

    @Test
    void argumentsMustFit() {
        assertThat(items(90, new Doubling(0, 4), new Doubling(1, 5), new Doubling(2, 6), new Doubling(3, 7)))
                .containsExactly(200, 0, 200, 0);
    }
}
