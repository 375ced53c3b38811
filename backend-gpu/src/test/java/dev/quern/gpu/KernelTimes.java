package dev.quern.gpu;

import dev.quern.backend.Availability;
import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Times single kernels on the GPU of this machine, with the time to wait for each: a table of milliseconds, GB/s and
/// TFLOP/s.
public final class KernelTimes {
    private static final int RUNS = 20;
    private static final Expr X = Expr.arg(0, DType.F32);

    private KernelTimes() {}

    /// @param bytes read and written at least
    /// @param operations of arithmetic
    private record Work(String name, Program program, double bytes, double operations) {}

    public static void main(String[] args) {
        switch (new CudaProvider().probe()) {
            case Availability.Unavailable(String reason, String remedy) ->
                System.out.println("cuda: " + reason + " (" + remedy + ")");
            case Availability.Available(Backend backend, List<String> devices) -> {
                System.out.println(devices.getFirst());
                backend.remarks().forEach(System.out::println);
                System.out.printf("%-28s %10s %9s %9s%n", "kernel", "ms", "GB/s", "TFLOP/s");
                works().forEach(w -> show(w, backend));
            }
        }
    }

    private static List<Work> works() {
        List<Work> works = new ArrayList<>();
        int n = 1 << 26;
        works.add(new Work("copy 2^26", map(X, n), 8.0 * n, 0));
        works.add(new Work("silu 2^26", map(X.times(X.sigmoid()), n), 8.0 * n, 0));
        works.add(new Work("gelu 2^26", map(X.times(X.erf().plus(X)), n), 8.0 * n, 0));
        works.add(new Work("softmax sums 65536x1024", reduce(Reducer.MAX_SUM_EXP, 1 << 16, 1 << 10), 4.0 * n, 0));
        works.add(new Work("mean, variance 65536x1024", reduce(Reducer.MEAN_VARIANCE, 1 << 16, 1 << 10), 4.0 * n, 0));
        for (int size : new int[] {512, 2048, 4096}) {
            works.add(new Work(
                    "product f32 " + size, product(size), 12.0 * size * size, 2.0 * size * size * (double) size));
        }
        return works;
    }

    private static Program program(Kernel kernel, int in, int other, int... outs) {
        List<Buffer> buffers = new ArrayList<>();
        buffers.add(new Buffer(DType.F32, in, new Buffer.Input(0)));
        List<Integer> inputs = new ArrayList<>(List.of(0));
        if (other > 0) {
            buffers.add(new Buffer(DType.F32, other, new Buffer.Input(1)));
            inputs.add(1);
        }
        List<View> outputs = new ArrayList<>();
        for (int length : outs) {
            outputs.add(View.dense(buffers.size(), DType.F32, length));
            buffers.add(new Buffer(DType.F32, length, new Buffer.Output(outputs.size() - 1)));
        }
        return new Program(buffers, List.of(), inputs, outputs, List.of(new Program.Step(kernel, List.of("it"))));
    }

    private static Program map(Expr e, int n) {
        return program(
                new Kernel.Map(List.of(View.dense(0, DType.F32, n)), List.of(e), List.of(View.dense(1, DType.F32, n))),
                n,
                0,
                n);
    }

    private static Program reduce(Reducer reducer, int rows, int columns) {
        Kernel kernel = new Kernel.Reduce(
                List.of(View.dense(0, DType.F32, rows, columns)),
                1,
                X,
                reducer,
                List.of(),
                List.of(X, Expr.arg(1, DType.F32)),
                List.of(View.dense(1, DType.F32, rows), View.dense(2, DType.F32, rows)));
        return program(kernel, rows * columns, 0, rows, rows);
    }

    private static Program product(int size) {
        Kernel kernel = new Kernel.Contract(
                View.dense(0, DType.F32, size, size),
                View.dense(1, DType.F32, size, size),
                null,
                null,
                DType.F32,
                List.of(),
                X,
                View.dense(2, DType.F32, size, size));
        return program(kernel, size * size, size * size, size * size);
    }

    private static void show(Work work, Backend backend) {
        List<Tensor> inputs = new ArrayList<>();
        List<Tensor> outputs = new ArrayList<>();
        Random random = new Random(7);
        for (int buffer : work.program().inputs()) {
            float[] values = new float[work.program().buffers().get(buffer).length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat() - 0.5f;
            }
            inputs.add(Tensor.of(values, values.length));
        }
        work.program().outputs().forEach(v -> outputs.add(Tensor.zeros(DType.F32, v.length())));
        List<Long> nanos = new ArrayList<>();
        try (Executable executable = backend.compile(work.program(), new Backend.Settings(1))) {
            Executable.Frame frame = executable.newFrame();
            for (int i = 0; i < RUNS; i++) {
                executable.run(frame, inputs, outputs, new RunControl() {
                    @Override
                    public boolean isCancelled() {
                        return false;
                    }

                    @Override
                    public boolean traces() {
                        return true;
                    }

                    @Override
                    public void stepDone(Program.Step step, long took) {
                        nanos.add(took);
                    }
                });
            }
        }
        nanos.sort(null);
        double seconds = nanos.get(nanos.size() / 2) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%-28s %10.3f %9.0f %9.2f%n",
                work.name(),
                seconds * 1e3,
                work.bytes() / seconds / 1e9,
                work.operations() / seconds / 1e12);
    }
}
