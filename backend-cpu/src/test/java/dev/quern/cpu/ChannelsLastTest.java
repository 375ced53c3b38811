package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Random stacks of convolutions, pools, residual sums and joined channels: with the channels of a position as
/// neighbours in machine code, as they are in plain loops.
class ChannelsLastTest {
    private static final Expr SUM = Expr.arg(0, DType.F32);

    /// A program under construction; every temporary has a slot of its own unless it is written in place.
    private static final class Stack {
        private final Random random;
        private final List<Buffer> buffers = new ArrayList<>();
        private final List<Program.Slot> slots = new ArrayList<>();
        private final List<Program.Step> steps = new ArrayList<>();

        Stack(long seed) {
            random = new Random(seed);
        }

        View input(int... dims) {
            return add(new Buffer.Input(0), dims);
        }

        View output(int... dims) {
            return add(new Buffer.Output(0), dims);
        }

        View temporary(int... dims) {
            return temporary(DType.F32, dims);
        }

        View temporary(DType type, int... dims) {
            View view = add(new Buffer.Temporary(slots.size()), type, dims);
            slots.add(new Program.Slot(type, view.length()));
            return view;
        }

        private View add(Buffer.Role role, int... dims) {
            return add(role, DType.F32, dims);
        }

        private View add(Buffer.Role role, DType type, int... dims) {
            View view = View.dense(buffers.size(), type, dims);
            buffers.add(new Buffer(type, view.length(), role));
            return view;
        }

        private View constant(int... dims) {
            return constant(DType.F32, dims);
        }

        private View constant(DType type, int... dims) {
            long[] extents = Arrays.stream(dims).asLongStream().toArray();
            return add(new Buffer.Fixed(new Constant(KernelRun.random(random, type, extents))), type, dims);
        }

        private void step(Kernel kernel) {
            steps.add(new Program.Step(kernel, List.of("node " + steps.size())));
        }

        private static int out(int extent, int taps, int stride, int dilation, int pad) {
            return (extent + 2 * pad - (taps - 1) * dilation - 1) / stride + 1;
        }

        private int[] slid(View x, int channels, int taps, int stride, int dilation, int pad) {
            int[] dims = x.dims();
            dims[1] = channels;
            for (int axis = 2; axis < dims.length; axis++) {
                dims[axis] = out(dims[axis], taps, stride, dilation, pad);
            }
            return dims;
        }

        View convolve(View x, int channels, int groups, @Nullable View into) {
            int taps = Math.min(x.dim(2), 1 + 2 * random.nextInt(2));
            int stride = into == null ? 1 + random.nextInt(2) : 1;
            int pad = into == null ? random.nextInt(taps) : taps / 2;
            View y = into == null ? temporary(slid(x, channels, taps, stride, 1, pad)) : into;
            int[] weights = y.dims();
            Arrays.fill(weights, 2, weights.length, taps);
            weights[0] = channels;
            weights[1] = x.dim(1) / groups;
            int[] bias = new int[y.rank()];
            Arrays.fill(bias, 1);
            bias[1] = channels;
            step(new Kernel.Convolve(
                    x,
                    constant(weights),
                    null,
                    null,
                    new Kernel.Geometry(each(y, stride), each(y, 1), each(y, pad), each(y, pad), each(y, 1), groups, 1),
                    DType.F32,
                    List.of(constant(bias).expand(y.dims())),
                    SUM.plus(Expr.arg(1, DType.F32)).max(0),
                    y));
            return y;
        }

        View pool(View x, Kernel.WindowReducer reducer) {
            int taps = Math.min(x.dim(2), 2 + random.nextInt(2));
            View y = temporary(x.dtype(), slid(x, x.dim(1), taps, 2, 1, taps / 2));
            step(new Kernel.Window(
                    x,
                    reducer,
                    each(y, taps),
                    each(y, 2),
                    each(y, 1),
                    each(y, taps / 2),
                    each(y, taps / 2),
                    random.nextBoolean(),
                    y,
                    null));
            return y;
        }

        /// `x` as bytes, the greatest of which is 228.
        View quantised(View x) {
            View most = View.dense(temporary(1).buffer(), DType.F32);
            step(new Kernel.Reduce(
                    List.of(x), x.rank(), SUM, Reducer.MAX, List.of(), List.of(SUM.max(1)), List.of(most)));
            View q = temporary(DType.U8, x.dims());
            Expr integer = SUM.dividedBy(Expr.arg(1, DType.F32)).times(128).apply(UnaryFn.ROUND);
            step(new Kernel.Map(
                    List.of(x, most.expand(x.dims())),
                    List.of(integer.plus(100).max(0).min(255).castTo(DType.U8)),
                    List.of(q)));
            return q;
        }

        /// A convolution of bytes less 100, its sums as floats.
        View integers(View q, int channels, int groups) {
            int taps = Math.min(q.dim(2), 1 + 2 * random.nextInt(2));
            int stride = 1 + random.nextInt(2);
            View y = temporary(slid(q, channels, taps, stride, 1, taps / 2));
            int[] weights = y.dims();
            Arrays.fill(weights, 2, weights.length, taps);
            weights[0] = channels;
            weights[1] = q.dim(1) / groups;
            Tensor zero = Tensor.wrap(DType.U8, new byte[] {100});
            View zeros = add(new Buffer.Fixed(new Constant(zero)), DType.U8).expand(q.dims());
            step(new Kernel.Convolve(
                    q,
                    constant(DType.I8, weights),
                    zeros,
                    null,
                    new Kernel.Geometry(
                            each(y, stride), each(y, 1), each(y, taps / 2), each(y, taps / 2), each(y, 1), groups, 1),
                    DType.I32,
                    List.of(constant().expand(y.dims())),
                    Expr.arg(0, DType.I32).castTo(DType.F32).times(Expr.arg(1, DType.F32)),
                    y));
            return y;
        }

        private static List<Integer> each(View y, int n) {
            return IntStream.range(2, y.rank()).mapToObj(i -> n).toList();
        }

        /// A transposed convolution: twice or three times the extents.
        View enlarged(View x, int channels) {
            int spread = 2 + random.nextInt(2);
            int taps = spread + random.nextInt(2);
            int low = random.nextInt(taps);
            int high = taps - 1 - low + random.nextInt(2);
            int[] dims = x.dims();
            dims[1] = channels;
            for (int axis = 2; axis < dims.length; axis++) {
                dims[axis] = (dims[axis] - 1) * spread + 1 + low + high - (taps - 1);
            }
            View y = temporary(dims);
            int[] weights = y.dims();
            Arrays.fill(weights, 2, weights.length, taps);
            weights[0] = channels;
            weights[1] = x.dim(1);
            step(new Kernel.Convolve(
                    x,
                    constant(weights),
                    null,
                    null,
                    new Kernel.Geometry(each(y, 1), each(y, 1), each(y, low), each(y, high), each(y, spread), 1, 1),
                    DType.F32,
                    List.of(),
                    SUM.max(0),
                    y));
            return y;
        }

        /// Positions along the last axis, each twice or backwards.
        View resized(View x) {
            int axis = x.rank() - 1;
            int[] dims = x.dims();
            dims[axis] = Math.min(40, 2 * dims[axis]);
            long[] places = new long[dims[axis]];
            Arrays.setAll(places, i -> random.nextInt(x.dim(axis)));
            View indices = View.dense(buffers.size(), DType.I64, places.length);
            Tensor tensor = Tensor.wrap(DType.I64, places, places.length);
            buffers.add(new Buffer(DType.I64, places.length, new Buffer.Fixed(new Constant(tensor))));
            View y = temporary(dims);
            step(new Kernel.Gather(x, indices, Kernel.Addressing.AXIS, axis, y));
            return y;
        }

        /// `x + y`, written over `x`.
        View residual(View x, View y) {
            Buffer.Role role = buffers.get(x.buffer()).role();
            View sum = add(role, x.dims());
            step(new Kernel.Map(List.of(x, y), List.of(SUM.plus(Expr.arg(1, DType.F32))), List.of(sum)));
            return sum;
        }

        /// Two convolutions of `x` into the halves of one buffer.
        View joined(View x) {
            int[] dims = x.dims();
            dims[1] = 24;
            View both = temporary(dims);
            convolve(x, 10, 1, both.slice(1, 0, 10, 1));
            convolve(x, 14, 1, both.slice(1, 10, 14, 1));
            return both;
        }

        /// Squeeze and excite: each channel times its mean.
        View excited(View x) {
            int[] narrow = new int[x.rank()];
            Arrays.fill(narrow, 1);
            narrow[0] = x.dim(0);
            narrow[1] = x.dim(1);
            View mean = temporary(narrow);
            step(new Kernel.Reduce(
                    List.of(x),
                    x.rank() - 2,
                    SUM,
                    Reducer.SUM,
                    List.of(),
                    List.of(SUM.times(0.125)),
                    List.of(View.dense(mean.buffer(), DType.F32, x.dim(0), x.dim(1)))));
            View y = temporary(x.dims());
            step(new Kernel.Map(
                    List.of(x, mean.expand(x.dims())), List.of(SUM.times(Expr.arg(1, DType.F32))), List.of(y)));
            return y;
        }

        Program program(View last) {
            View y = output(last.dims());
            step(new Kernel.Map(List.of(last), List.of(SUM.times(0.5)), List.of(y)));
            return new Program(buffers, slots, List.of(0), List.of(y), steps);
        }
    }

    private static Program build(long seed, int... dims) {
        Stack stack = new Stack(seed);
        View x = stack.convolve(stack.input(dims), 16, 1, null);
        for (int i = 0; i < 6; i++) {
            x = switch (stack.random.nextInt(9)) {
                case 0 -> stack.pool(x, Kernel.WindowReducer.MAX);
                case 1 -> stack.pool(x, Kernel.WindowReducer.AVERAGE);
                case 2 -> stack.convolve(x, x.dim(1), x.dim(1), null);
                case 3 -> stack.joined(x);
                case 4 -> stack.excited(x);
                case 5 -> stack.convolve(x, 40, 2, null);
                case 6 -> x.length() > 40_000 ? x : stack.enlarged(x, 12);
                case 7 -> stack.resized(x);
                default -> stack.residual(stack.convolve(x, x.dim(1), 1, stack.temporary(x.dims())), x);
            };
        }
        return stack.program(seed % 2 == 0 && x.length() < 40_000 ? stack.enlarged(x, 1) : x);
    }

    static IntStream seeds() {
        return IntStream.range(0, 40);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void sameBitsInEveryTier(int seed) {
        assumeTrue(Tier.MACHINE.obstacle().isEmpty());
        int[] dims = seed % 4 == 3 ? new int[] {2, 3, 23} : new int[] {1 + seed % 3, 3, 12 + seed % 5, 17};
        Program program = build(seed, dims);
        Tensor x = KernelRun.random(
                new Random(seed), DType.F32, Arrays.stream(dims).asLongStream().toArray());
        float[] want = run(Tier.PLAIN, program, x);
        assertThat(run(Tier.MACHINE, program, x)).isEqualTo(want);
    }

    /// Networks that are quantised as they run: their bytes between convolutions lie like the floats.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void quantisedConvolutions(int seed) {
        assumeTrue(Tier.MACHINE.obstacle().isEmpty());
        int[] dims = seed % 4 == 3 ? new int[] {2, 3, 23} : new int[] {1 + seed % 3, 3, 12 + seed % 5, 17};
        Stack stack = new Stack(seed);
        View q = stack.quantised(stack.integers(stack.quantised(stack.input(dims)), 16, 1));
        View pooled = seed % 2 == 0 ? q : stack.pool(q, Kernel.WindowReducer.MAX);
        View x = stack.integers(stack.quantised(stack.integers(pooled, 16, 16)), 24, 1);
        Program program = stack.program(stack.integers(stack.quantised(x), 48, 4));
        ChannelsLast.in(program).steps().stream()
                .map(Program.Step::kernel)
                .filter(k -> k instanceof Kernel.Convolve)
                .skip(1)
                .forEach(k -> assertThat(k.inputs().getFirst().stride(1)).isEqualTo(1));
        Tensor x0 = KernelRun.random(
                new Random(seed), DType.F32, Arrays.stream(dims).asLongStream().toArray());
        assertThat(run(Tier.MACHINE, program, x0)).isEqualTo(run(Tier.PLAIN, program, x0));
    }

    /// What is read as lines keeps its channels apart: a pool, a depth-wise convolution and a convolution write there
    /// from neighbouring channels.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void severalImagesWithChannelsApart(int last) {
        assumeTrue(Tier.MACHINE.obstacle().isEmpty());
        Stack stack = new Stack(last);
        View x = stack.convolve(stack.input(3, 3, 9, 9), 16, 1, null);
        View y = switch (last) {
            case 0 -> stack.pool(x, Kernel.WindowReducer.MAX);
            case 1 -> stack.convolve(x, 16, 16, null);
            default -> stack.convolve(x, 24, 1, null);
        };
        Program program = stack.program(java.util.Objects.requireNonNull(y.reshape(3, y.length() / 3)));
        Tensor images = KernelRun.random(new Random(last), DType.F32, 3, 3, 9, 9);
        assertThat(run(Tier.MACHINE, program, images)).isEqualTo(run(Tier.PLAIN, program, images));
    }

    private static float[] run(Tier tier, Program program, Tensor x) {
        View out = program.outputs().getFirst();
        long[] extents = Arrays.stream(out.dims()).asLongStream().toArray();
        Tensor y = Tensor.wrap(DType.F32, new float[out.length()], extents);
        try (CpuBackend backend = new CpuBackend(tier, 2, true);
                Executable executable = backend.compile(program, new Backend.Settings(2))) {
            executable.run(executable.newFrame(), List.of(x), List.of(y), RunControl.NONE);
        }
        return (float[]) y.array();
    }

    @Test
    void temporariesBetweenConvolutionsAreLaidOutAnew() {
        Stack stack = new Stack(1);
        View x = stack.convolve(stack.input(1, 3, 9, 9), 16, 1, null);
        View y = stack.convolve(x, 8, 1, null);
        Program turned = ChannelsLast.in(stack.program(y));
        View between = turned.steps().get(0).kernel().outputs().getFirst();
        assertThat(between.dims()).isEqualTo(x.dims());
        assertThat(between.stride(1)).isEqualTo(1);
        assertThat(turned.steps().get(1).kernel().inputs().getFirst()).isEqualTo(between);
    }

    /// As a pool's gradient writes it: every other row of it at a time.
    @Test
    void theGradientOfAnOutputIsLaidOutAnewForThatOfWeights() {
        Stack stack = new Stack(1);
        View x = stack.input(2, 1, 8, 6);
        View dy = stack.temporary(2, 16, 8, 6);
        for (int first = 0; first < 2; first++) {
            View rows = dy.slice(2, first, 4, 2);
            View some = stack.constant(2, 16, 4, 6);
            stack.step(new Kernel.Map(List.of(some), List.of(SUM.times(2)), List.of(rows)));
        }
        View dw = stack.output(1, 16, 3, 3);
        List<Integer> one = List.of(1, 1);
        stack.step(new Kernel.Convolve(
                x.permute(1, 0, 2, 3),
                dy.permute(1, 0, 2, 3),
                null,
                null,
                new Kernel.Geometry(one, one, one, one, one, 1, 1),
                DType.F32,
                List.of(),
                SUM,
                dw));
        Program program = new Program(stack.buffers, stack.slots, List.of(0), List.of(dw), stack.steps);
        Kernel.Convolve turned =
                (Kernel.Convolve) ChannelsLast.in(program).steps().getLast().kernel();
        assertThat(turned.weights().stride(0)).isEqualTo(1);
        Tensor images = KernelRun.random(new Random(3), DType.F32, 2, 1, 8, 6);
        assertThat(run(Tier.MACHINE, program, images)).isEqualTo(run(Tier.PLAIN, program, images));
    }

    @Test
    void aTemporaryThatIsReadAsOneLineStaysAsItIs() {
        Stack stack = new Stack(1);
        View x = stack.convolve(stack.input(1, 3, 9, 9), 16, 1, null);
        Program program = stack.program(java.util.Objects.requireNonNull(x.reshape(1, x.length())));
        assertThat(ChannelsLast.in(program)).isSameAs(program);
    }

    /// A window over several images whose result stays in planes.
    @Test
    void windowsOverSeveralImages() {
        assumeTrue(Tier.MACHINE.obstacle().isEmpty());
        KernelRun run = new KernelRun();
        View x = run.input(KernelRun.random(new Random(7), DType.F32, 3, 8, 6, 4));
        View y = run.output(DType.F32, 3, 8, 3, 2);
        List<Integer> two = List.of(2, 2);
        List<Integer> none = List.of(0, 0);
        List<Integer> one = List.of(1, 1);
        Kernel pool = new Kernel.Window(x, Kernel.WindowReducer.MAX, two, two, one, none, none, false, y, null);
        try (CpuBackend plain = new CpuBackend(Tier.PLAIN, 1);
                CpuBackend machine = new CpuBackend(Tier.MACHINE, 1)) {
            assertThat(run.run(machine, 1, pool).sameAs(run.run(plain, 1, pool)))
                    .isTrue();
        }
    }
}
