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
import dev.quern.cpu.parts.PartByPart;
import dev.quern.cpu.run.Warmer;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Attention as one step in machine code has the bits of its four or five kernels one after another.
class AttentionsTest {
    private static final Expr X = Expr.arg(0, DType.F32);

    enum Mask {
        NONE,
        OF_KEYS,
        OF_SCORES
    }

    /// Attention of an input [batch, heads, rows, depth] with keys and values that are computed from inputs, in slots
    /// as a memory plan lays them out: the result has the array of the queries.
    private static final class Built {
        private final List<Buffer> buffers = new ArrayList<>();
        private final List<Program.Slot> slots = new ArrayList<>();
        private final List<Program.Step> steps = new ArrayList<>();
        private final List<Integer> inputs = new ArrayList<>();

        View add(Buffer.Role role, int... dims) {
            View view = View.dense(buffers.size(), DType.F32, dims);
            buffers.add(new Buffer(DType.F32, view.length(), role));
            return view;
        }

        View input(int... dims) {
            View view = add(new Buffer.Input(inputs.size()), dims);
            inputs.add(view.buffer());
            return view;
        }

        View temporary(int... dims) {
            slots.add(new Program.Slot(DType.F32, View.dense(0, DType.F32, dims).length()));
            return add(new Buffer.Temporary(slots.size() - 1), dims);
        }

        View step(Kernel kernel) {
            steps.add(new Program.Step(kernel, List.of("node " + steps.size())));
            return kernel.outputs().getFirst();
        }

        View map(View x, View to, double factor) {
            return step(new Kernel.Map(List.of(x), List.of(X.times(factor)), List.of(to)));
        }

        View product(View a, View b, List<View> operands, Expr epilogue, View to) {
            return step(new Kernel.Contract(a, b, null, null, DType.F32, operands, epilogue, to));
        }
    }

    private static Program attention(Mask kind, int[] batch, int rows, int keys, int depth, int width, boolean moved) {
        Built p = new Built();
        int b = batch[0];
        int h = batch[1];
        View x = p.input(b, h, rows, depth);
        View k = p.input(b, h, keys, depth);
        View v = p.input(b, h, keys, width);
        View mask = p.input(b, kind == Mask.OF_SCORES ? rows : 1, keys);
        View q = p.map(x, p.temporary(b, rows, h, depth).permute(0, 2, 1, 3), 1.5);
        View scale = p.add(new Buffer.Fixed(new Constant(Tensor.of(new float[] {0.3f}, 1, 1, 1, 1))), 1, 1, 1, 1);
        View scores = p.temporary(b, h, rows, keys);
        List<View> operands = new ArrayList<>(List.of(scale.expand(scores.dims())));
        if (kind != Mask.NONE) {
            View all = View.of(mask.buffer(), DType.F32, 0, new int[] {b, 1, mask.dim(1), keys}, new int[] {
                mask.stride(0), 0, mask.stride(1), 1
            });
            operands.add(all.expand(scores.dims()));
        }
        Expr scaled = X.times(Expr.arg(1, DType.F32));
        Expr epilogue = kind == Mask.NONE ? scaled : scaled.plus(Expr.arg(2, DType.F32));
        p.product(q, k.permute(0, 1, 3, 2), operands, epilogue, scores);
        View max = p.temporary(b, h, rows);
        View sum = p.temporary(b, h, rows);
        p.step(new Kernel.Reduce(
                List.of(scores),
                1,
                X,
                Reducer.MAX_SUM_EXP,
                List.of(),
                List.of(X, Expr.arg(1, DType.F32)),
                List.of(max, sum)));
        View shares = p.temporary(b, h, rows, keys);
        // as exporters guard it: 0 for what is not a number
        Expr share = X.minus(Expr.arg(1, DType.F32)).exp().dividedBy(Expr.arg(2, DType.F32));
        View zero = p.add(new Buffer.Fixed(new Constant(Tensor.of(new float[] {0}, 1, 1, 1, 1))), 1, 1, 1, 1);
        p.step(new Kernel.Map(
                List.of(scores, repeated(max, keys), repeated(sum, keys), zero.expand(scores.dims())),
                List.of(moved ? Expr.select(share.ne(share), Expr.arg(3, DType.F32), share) : share),
                List.of(shares)));
        int slot = ((Buffer.Temporary) p.buffers.get(q.buffer()).role()).slot();
        int length = b * h * rows * Math.max(depth, width);
        p.slots.set(slot, new Program.Slot(DType.F32, length));
        View mixed = p.add(new Buffer.Temporary(slot), b, h, rows, width);
        // as a quantised model has it: rounded to integers and back
        Expr rounded = X.dividedBy(0.01).apply(UnaryFn.ROUND).max(-128).min(127).times(0.01);
        p.product(shares, v, List.of(), moved ? rounded : X, mixed);
        if (moved) {
            View turned = p.temporary(b, rows, h, width);
            mixed = p.step(new Kernel.Map(List.of(mixed.permute(0, 2, 1, 3)), List.of(X), List.of(turned)));
        }
        View half = p.map(mixed, p.temporary(mixed.dims()), 0.5);
        View y = p.add(new Buffer.Output(0), mixed.dims());
        p.map(half, y, 3);
        return new Program(p.buffers, p.slots, p.inputs, List.of(y), p.steps);
    }

    private static View repeated(View statistic, int keys) {
        int[] strides = java.util.Arrays.copyOf(statistic.strides(), statistic.rank() + 1);
        int[] dims = java.util.Arrays.copyOf(statistic.dims(), statistic.rank() + 1);
        dims[statistic.rank()] = keys;
        return View.of(statistic.buffer(), DType.F32, 0, dims, strides);
    }

    private static Program joined(Program program) {
        try (Warmer warmer = new Warmer()) {
            Generator generator = new Generator(warmer, false, false, new MachineMaps(), new MachineFolds());
            return JoinedKernels.in(
                    InlineConstants.in(program),
                    new MachineBlockKernel(),
                    new Generated(generator, new MachineTransposer()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, 1, 12, 128, 128, 32, 32, true",
        "NONE, 2, 3, 197, 197, 64, 64, false",
        "OF_KEYS, 2, 2, 40, 40, 16, 24, true",
        "OF_KEYS, 3, 2, 13, 21, 5, 8, true",
        "OF_SCORES, 1, 9, 48, 48, 32, 32, true",
        "OF_SCORES, 2, 1, 300, 304, 8, 16, false",
        "OF_SCORES, 2, 2, 45, 51, 16, 8, true",
        "NONE, 1, 1, 700, 520, 40, 8, true",
        "NONE, 1, 1, 12, 2100, 1500, 16, true",
        "OF_KEYS, 1, 2, 1, 33, 64, 64, false",
    })
    void sameBitsAsOneAfterAnother(
            Mask mask, int batch, int heads, int rows, int keys, int depth, int width, boolean moved) {
        assumeTrue(Tier.MACHINE.obstacle().isEmpty());
        Program program = attention(mask, new int[] {batch, heads}, rows, keys, depth, width, moved);
        Random random = new Random(rows);
        List<Tensor> inputs = program.inputs().stream()
                .map(b -> KernelRun.random(
                        random, DType.F32, program.buffers().get(b).length()))
                .toList();
        assertThat(joined(program).steps()).hasSize(4);
        float[] want = run(Tier.PLAIN, PartByPart.Costs.USUAL, program, inputs);
        assertThat(run(Tier.MACHINE, PartByPart.Costs.USUAL, program, inputs)).isEqualTo(want);
        PartByPart.Costs always = new PartByPart.Costs(1, 0, 0);
        assertThat(run(Tier.MACHINE, always, program, inputs))
                .as("with parts behind")
                .isEqualTo(want);
    }

    private static float[] run(Tier tier, PartByPart.Costs costs, Program program, List<Tensor> inputs) {
        Tensor y = Tensor.wrap(
                DType.F32,
                new float[program.outputs().getFirst().length()],
                program.outputs().getFirst().length());
        try (CpuBackend backend = new CpuBackend(tier, 2, false, costs);
                Executable executable = backend.compile(program, new Backend.Settings(2))) {
            executable.run(executable.newFrame(), inputs, List.of(y), RunControl.NONE);
        }
        return (float[]) y.array();
    }

    @Test
    void theMatrixOfScoresTakesNoMemory() {
        assumeTrue(Tier.MACHINE.obstacle().isEmpty());
        Program program = attention(Mask.NONE, new int[] {1, 8}, 256, 256, 32, 32, true);
        long scores = 8L * 256 * 256 * Float.BYTES;
        assertThat(program.frameBytes()).isGreaterThan(2 * scores);
        assertThat(joined(program).frameBytes()).isLessThan(scores);
    }

    @Test
    void sharesThatSomebodyElseReadsStay() {
        assumeTrue(Tier.MACHINE.obstacle().isEmpty());
        Program program = attention(Mask.NONE, new int[] {1, 2}, 64, 64, 32, 32, true);
        View shares = program.steps().get(3).kernel().outputs().getFirst();
        List<Buffer> buffers = new ArrayList<>(program.buffers());
        buffers.add(new Buffer(DType.F32, shares.length(), new Buffer.Output(1)));
        View second = shares.on(buffers.size() - 1);
        List<Program.Step> steps = new ArrayList<>(program.steps());
        steps.add(new Program.Step(new Kernel.Map(List.of(shares), List.of(X.times(2)), List.of(second)), List.of()));
        List<View> outputs = List.of(program.outputs().getFirst(), second);
        Program both = InlineConstants.in(new Program(buffers, program.slots(), program.inputs(), outputs, steps));
        // the softmax alone becomes one
        assertThat(joined(both).steps()).hasSize(both.steps().size() - 1);
    }
}
