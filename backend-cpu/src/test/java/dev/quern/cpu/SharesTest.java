package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.cpu.codegen.Generated;
import dev.quern.cpu.codegen.Generator;
import dev.quern.cpu.machine.MachineBlockKernel;
import dev.quern.cpu.machine.MachineFolds;
import dev.quern.cpu.machine.MachineMaps;
import dev.quern.cpu.machine.MachineTransposer;
import dev.quern.cpu.run.Warmer;
import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A softmax as one step has the bits of its two kernels one after the other, and writes nothing but its results.
class SharesTest {
    private static final float[] SPECIAL = {
        0f, -0f, 88f, -100f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3e38f, 1e-40f
    };
    private static final Expr X = Expr.arg(0, DType.F32);

    /// A softmax of the first `n` columns of `rows` rows, each `width` elements, into the same columns of a result of
    /// as many or, in place, of those of a temporary.
    private static Program softmax(int rows, int n, int width, boolean inPlace) {
        List<Buffer> buffers = List.of(
                new Buffer(DType.F32, rows * width, new Buffer.Input(0)),
                new Buffer(DType.F32, rows * width, new Buffer.Temporary(0)),
                new Buffer(DType.F32, rows, new Buffer.Temporary(1)),
                new Buffer(DType.F32, rows, new Buffer.Temporary(2)),
                new Buffer(DType.F32, rows * width, new Buffer.Output(0)));
        List<Program.Slot> slots = List.of(
                new Program.Slot(DType.F32, rows * width),
                new Program.Slot(DType.F32, rows),
                new Program.Slot(DType.F32, rows));
        View given = View.dense(0, DType.F32, rows, width);
        View x = View.dense(1, DType.F32, rows, width).slice(1, 0, n, 1);
        View max = View.dense(2, DType.F32, rows);
        View sum = View.dense(3, DType.F32, rows);
        View result = View.dense(4, DType.F32, rows, width);
        View y = inPlace ? x : result.slice(1, 0, n, 1);
        Expr share = X.minus(Expr.arg(1, DType.F32)).exp().dividedBy(Expr.arg(2, DType.F32));
        Kernel last = inPlace
                ? new Kernel.Map(List.of(x), List.of(X.times(2)), List.of(result.slice(1, 0, n, 1)))
                : new Kernel.Map(
                        List.of(given.slice(1, n, width - n, 1)),
                        List.of(X.times(0.5)),
                        List.of(result.slice(1, n, width - n, 1)));
        List<Kernel> kernels = List.of(
                new Kernel.Map(List.of(given), List.of(X.times(1.5)), List.of(View.dense(1, DType.F32, rows, width))),
                new Kernel.Reduce(
                        List.of(x),
                        1,
                        X,
                        Reducer.MAX_SUM_EXP,
                        List.of(),
                        List.of(X, Expr.arg(1, DType.F32)),
                        List.of(max, sum)),
                new Kernel.Map(List.of(x, repeated(max, n), repeated(sum, n)), List.of(share), List.of(y)),
                last);
        List<Program.Step> steps = kernels.stream()
                .filter(kernel -> kernel.outputs().getFirst().length() > 0)
                .map(kernel -> new Program.Step(kernel, List.of("node")))
                .toList();
        return new Program(buffers, slots, List.of(0), List.of(result), steps);
    }

    private static View repeated(View statistic, int n) {
        return View.of(statistic.buffer(), DType.F32, 0, new int[] {statistic.dim(0), n}, new int[] {1, 0});
    }

    private static Program joined(Program program) {
        try (Warmer warmer = new Warmer()) {
            Generator generator = new Generator(warmer, false, false, new MachineMaps(), new MachineFolds());
            return JoinedKernels.in(
                    program, new MachineBlockKernel(), new Generated(generator, new MachineTransposer()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "16, 1",
        "300, 1",
        "17, 2",
        "700, 2",
        "15, 3",
        "16, 3",
        "17, 3",
        "513, 3",
        "90, 5",
        "64, 7",
        "31, 8",
        "1, 10",
        "20, 10",
        "1000, 10",
        "300, 15",
        "257, 16",
        "300, 17",
        "40, 100",
        "3, 5000"
    })
    void sameBitsAsOneAfterTheOther(int rows, int n) {
        Random random = new Random(rows * 31L + n);
        for (boolean inPlace : new boolean[] {false, true}) {
            for (int width : new int[] {n, n + 1, n + 9}) {
                Program program = softmax(rows, n, width, inPlace);
                Tensor x = numbers(random, rows, width);
                float[] want = run(Tier.PLAIN, 1, program, x);
                for (Tier tier : Tier.values()) {
                    for (int threads : new int[] {1, 3}) {
                        assertThat(tier.obstacle().isPresent() ? want : run(tier, threads, program, x))
                                .as("%s, %d threads, rows of %d, in place: %s", tier, threads, width, inPlace)
                                .isEqualTo(want);
                    }
                }
            }
        }
    }

    private static Tensor numbers(Random random, int rows, int width) {
        float[] x = new float[rows * width];
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextInt(40) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextFloat() * 8 - 4;
        }
        return Tensor.wrap(DType.F32, x, rows, width);
    }

    private static float[] run(Tier tier, int threads, Program program, Tensor x) {
        Tensor y = Tensor.wrap(DType.F32, new float[x.length()], x.length());
        try (CpuBackend backend = new CpuBackend(tier, threads);
                Executable executable = backend.compile(program, new Backend.Settings(threads))) {
            executable.run(executable.newFrame(), List.of(x), List.of(y), RunControl.NONE);
        }
        return (float[]) y.array();
    }

    @Test
    void bothKernelsAreOne() {
        assumeTrue(Tier.MACHINE.obstacle().isEmpty());
        for (int n : new int[] {3, 10, 300}) {
            assertThat(joined(softmax(50, n, n + 1, false)).steps()).hasSize(3);
        }
    }

    @Test
    void statisticsThatSomebodyElseReadsStay() {
        assumeTrue(Tier.MACHINE.obstacle().isEmpty());
        Program program = softmax(50, 10, 11, false);
        View sum = View.dense(3, DType.F32, 50);
        View twice = View.dense(program.buffers().size(), DType.F32, 50);
        Kernel.Map reader = new Kernel.Map(List.of(sum), List.of(X.times(2)), List.of(twice));
        List<Program.Step> steps = concat(program.steps(), new Program.Step(reader, List.of("reader")));
        List<Buffer> buffers = concat(program.buffers(), new Buffer(DType.F32, 50, new Buffer.Output(1)));
        List<View> outputs = concat(program.outputs(), twice);
        Program both = new Program(buffers, program.slots(), program.inputs(), outputs, steps);
        assertThat(joined(both)).isSameAs(both);
    }

    private static <T> List<T> concat(List<T> some, T another) {
        return Stream.concat(some.stream(), Stream.of(another)).toList();
    }
}
