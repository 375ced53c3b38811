package dev.quern.bench;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.cpu.CpuBackend;
import dev.quern.cpu.Tier;
import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One convolution of `f32` with constant weights, one thread, each tier of loops beside the others.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 5,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@SuppressWarnings("NullAway.Init") // JMH calls the set-up before anything else
public class ConvolutionBenchmark {
    /// What is convolved; padding keeps the extents (divided by the stride).
    public enum Layer {
        /// 64 → 64 channels of 28 × 28, 3 × 3.
        FULL_3X3(64, 64, 28, 3, 1, 1),
        /// 96 channels of 56 × 56, each by itself, 3 × 3.
        DEPTHWISE_3X3(96, 96, 56, 3, 1, 96),
        /// The same, every second position.
        DEPTHWISE_3X3_STRIDE_2(96, 96, 56, 3, 2, 96),
        /// 96 → 24 channels of 56 × 56, 1 × 1.
        POINTWISE(96, 24, 56, 1, 1, 1);

        private final int in;
        private final int out;
        private final int extent;
        private final int taps;
        private final int stride;
        private final int groups;

        Layer(int in, int out, int extent, int taps, int stride, int groups) {
            this.in = in;
            this.out = out;
            this.extent = extent;
            this.taps = taps;
            this.stride = stride;
            this.groups = groups;
        }

        private int outExtent() {
            return (extent + stride - 1) / stride;
        }
    }

    private static final int SAMPLES = 200;

    @Param
    public Layer layer;

    /// `best` is the fastest one of this machine.
    @Param({"plain", "vector", "best"})
    public String tier;

    private CpuBackend backend;
    private Executable executable;
    private Executable.Frame frame;
    private List<Tensor> inputs;
    private List<Tensor> outputs;

    @Setup
    public void prepare() throws InterruptedException {
        int channels = layer.in / layer.groups;
        float[] x = random(layer.in * layer.extent * layer.extent, 1);
        float[] w = random(layer.out * channels * layer.taps * layer.taps, 2);
        inputs = List.of(Tensor.of(x, 1, layer.in, layer.extent, layer.extent));
        int out = layer.outExtent();
        outputs = List.of(Tensor.of(new float[layer.out * out * out], 1, layer.out, out, out));
        backend = new CpuBackend(tier.equals("best") ? Tier.best() : Tier.valueOf(tier.toUpperCase(Locale.ROOT)), 1);
        executable = backend.compile(
                program(Tensor.of(w, layer.out, channels, layer.taps, layer.taps)), new Backend.Settings(1));
        frame = executable.newFrame();
        convolve();
        executable.awaitReady();
        convolve();
        check(x, w, channels, out);
    }

    private Program program(Tensor weights) {
        int pad = (layer.taps - 1) / 2;
        int out = layer.outExtent();
        View input = View.dense(0, DType.F32, 1, layer.in, layer.extent, layer.extent);
        View filter = View.dense(1, DType.F32, weights.shape().intExtents());
        View result = View.dense(2, DType.F32, 1, layer.out, out, out);
        List<Buffer> buffers = List.of(
                new Buffer(DType.F32, input.length(), new Buffer.Input(0)),
                new Buffer(DType.F32, filter.length(), new Buffer.Fixed(new Constant(weights))),
                new Buffer(DType.F32, result.length(), new Buffer.Output(0)));
        List<Integer> strides = List.of(layer.stride, layer.stride);
        List<Integer> ones = List.of(1, 1);
        List<Integer> pads = List.of(pad, pad);
        Kernel convolution = new Kernel.Convolve(
                input,
                filter,
                null,
                null,
                new Kernel.Geometry(strides, ones, pads, pads, ones, layer.groups, 1),
                DType.F32,
                List.of(),
                Expr.arg(0, DType.F32),
                result);
        return new Program(
                buffers,
                List.of(),
                List.of(0),
                List.of(result),
                List.of(new Program.Step(convolution, List.of("convolution"))));
    }

    private static float[] random(int n, int seed) {
        Random random = new Random(seed);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextFloat() * 2 - 1;
        }
        return x;
    }

    /// Compares some elements with sums in double.
    private void check(float[] x, float[] w, int channels, int out) {
        float[] got = (float[]) outputs.getFirst().array();
        Random random = new Random(3);
        for (int s = 0; s < SAMPLES; s++) {
            int o = random.nextInt(layer.out);
            int row = random.nextInt(out);
            int column = random.nextInt(out);
            double want = sum(x, w, channels, o, row, column);
            float element = got[(o * out + row) * out + column];
            if (!(Math.abs(element - want) <= 1e-6 * channels * layer.taps * layer.taps)) {
                throw new IllegalStateException(
                        "(" + o + ", " + row + ", " + column + "): " + element + ", not " + want);
            }
        }
    }

    private double sum(float[] x, float[] w, int channels, int o, int row, int column) {
        int pad = (layer.taps - 1) / 2;
        int first = o / (layer.out / layer.groups) * channels;
        double sum = 0;
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < layer.taps; i++) {
                for (int j = 0; j < layer.taps; j++) {
                    int y = row * layer.stride + i - pad;
                    int z = column * layer.stride + j - pad;
                    if (y >= 0 && y < layer.extent && z >= 0 && z < layer.extent) {
                        float weight = w[((o * channels + c) * layer.taps + i) * layer.taps + j];
                        sum += (double) weight * x[((first + c) * layer.extent + y) * layer.extent + z];
                    }
                }
            }
        }
        return sum;
    }

    @Benchmark
    public Tensor convolve() {
        executable.run(frame, inputs, outputs, RunControl.NONE);
        return outputs.getFirst();
    }

    @TearDown
    public void close() {
        executable.close();
        backend.close();
    }
}
