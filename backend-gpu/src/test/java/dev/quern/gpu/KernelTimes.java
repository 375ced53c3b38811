package dev.quern.gpu;

import dev.quern.backend.Availability;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.Normalizations.LayerNormalization;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Sliding;
import dev.quern.op.Softmaxes.Softmax;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;

/// Times single kernels on the GPU of this machine by the device's own clock, on tensors that stay there: a table of
/// milliseconds, GB/s and TFLOP/s. An argument divides all extents but those of taps: for trials where there is no GPU.
public final class KernelTimes {
    private static final double SECONDS = 0.5;
    private static final Sliding PADDED =
            new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 1, 1, 1), List.of(), List.of());

    private KernelTimes() {}

    /// @param bytes read and written at least
    /// @param operations of arithmetic
    private record Work(
            String name,
            BiFunction<GraphBuilder, List<Value>, Value> body,
            double bytes,
            double operations,
            List<int[]> inputs) {
        Model model(TimedDevice device) {
            GraphBuilder g = new GraphBuilder(name);
            List<Value> values = new ArrayList<>();
            for (int[] dims : inputs) {
                values.add(g.input("x" + values.size(), Type.tensor(DType.F32, extents(dims))));
            }
            g.output("y", body.apply(g, values));
            return Model.of(g.build(), device.options());
        }
    }

    private static long[] extents(int... dims) {
        long[] extents = new long[dims.length];
        for (int i = 0; i < dims.length; i++) {
            extents[i] = dims[i];
        }
        return extents;
    }

    public static void main(String[] args) {
        int smaller = args.length == 0 ? 1 : Integer.parseInt(args[0]);
        if (new CudaProvider().probe() instanceof Availability.Unavailable(String reason, String remedy)) {
            System.out.println("cuda: " + reason + " (" + remedy + ")");
            System.exit(1);
        }
        try (TimedDevice device = new TimedDevice()) {
            device.remarks().forEach(System.out::println);
            System.out.printf("%-34s %10s %9s %9s%n", "kernel", "ms", "GB/s", "TFLOP/s");
            for (Work work : works(smaller)) {
                try (Model model = work.model(device)) {
                    double seconds = device.median(model, SECONDS) / 1e3;
                    System.out.printf(
                            Locale.ROOT,
                            "%-34s %10.4f %9.0f %9.2f%n",
                            work.name(),
                            seconds * 1e3,
                            work.bytes() / seconds / 1e9,
                            work.operations() / seconds / 1e12);
                }
            }
        }
    }

    private static List<Work> works(int smaller) {
        int rows = (1 << 16) / smaller;
        int columns = 1 << 10;
        double bytes = 8.0 * rows * columns;
        List<int[]> whole = List.of(new int[] {rows, columns});
        List<Work> works = new ArrayList<>();
        works.add(new Work("negation", (g, x) -> g.apply(Arithmetic.NEG, x.getFirst()), bytes, 0, whole));
        works.add(new Work("silu", (g, x) -> g.apply(Activations.SILU, x.getFirst()), bytes, 0, whole));
        works.add(new Work("gelu", (g, x) -> g.apply(new Activations.Gelu(false), x.getFirst()), bytes, 0, whole));
        works.add(new Work("softmax", (g, x) -> g.apply(new Softmax(-1), x.getFirst()), bytes, 0, whole));
        Tensor scale = Tensor.zeros(DType.F32, columns);
        works.add(new Work(
                "layer normalisation",
                (g, x) -> g.apply(new LayerNormalization(-1, 1e-5), x.getFirst(), g.constant(scale), g.constant(scale)),
                bytes,
                0,
                whole));
        for (int size : new int[] {512, 2048, 4096}) {
            int n = size / smaller;
            works.add(new Work(
                    "product " + size,
                    (g, x) -> g.apply(new MatMul(), x.getFirst(), x.getLast()),
                    12.0 * n * n,
                    2.0 * n * n * n,
                    List.of(new int[] {n, n}, new int[] {n, n})));
        }
        works.add(convolution(smaller, 64, 56));
        works.add(convolution(smaller, 256, 14));
        return works;
    }

    /// 32 images, 3 × 3 taps.
    private static Work convolution(int smaller, int channels, int side) {
        int c = Math.max(1, channels / smaller);
        double elements = 32.0 * c * side * side;
        return new Work(
                "convolution " + channels + "x" + side + "x" + side,
                (g, x) -> g.apply(new Conv(PADDED, 1), x.getFirst(), x.getLast()),
                8 * elements + 36.0 * c * c,
                18 * elements * c,
                List.of(new int[] {32, c, side, side}, new int[] {c, c, 3, 3}));
    }
}
