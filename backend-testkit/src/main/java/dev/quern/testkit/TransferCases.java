package dev.quern.testkit;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.Kernel.Addressing;
import dev.quern.kernel.Kernel.Combine;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Gather and Scatter by each addressing and mode, with negative and repeated indices.
final class TransferCases {

    /// What is addressed how.
    ///
    /// @param extent how many elements an index may choose from
    /// @param data the dims of the indexed view
    /// @param indices the dims of the indices
    /// @param points the dims of Gather's output and Scatter's updates
    private record Transfer(Addressing by, int axis, int extent, int[] data, int[] indices, int[] points) {
        static final Transfer ROWS = new Transfer(Addressing.AXIS, 0, 7, dims(7, 5), dims(4), dims(4, 5));

        static List<Transfer> all() {
            return List.of(
                    ROWS,
                    new Transfer(Addressing.AXIS, 1, 6, dims(3, 6, 5), dims(2, 4), dims(3, 2, 4, 5)),
                    new Transfer(Addressing.AXIS, 2, 9, dims(3, 2, 9), dims(), dims(3, 2)),
                    new Transfer(Addressing.AXIS, 0, 300, dims(300, 65), dims(3, 11), dims(3, 11, 65)),
                    new Transfer(Addressing.AXIS, 0, 4, dims(4, 3), dims(0), dims(0, 3)),
                    new Transfer(Addressing.ELEMENTS, 1, 6, dims(3, 6, 5), dims(3, 9, 5), dims(3, 9, 5)),
                    new Transfer(Addressing.ELEMENTS, 0, 4, dims(4, 3), dims(2, 2), dims(2, 2)),
                    new Transfer(Addressing.ND, 0, 5, dims(5, 5, 4), dims(3, 6, 2), dims(3, 6, 4)),
                    new Transfer(Addressing.ND, 1, 5, dims(2, 5, 5), dims(2, 7, 2), dims(2, 7)),
                    new Transfer(Addressing.ND, 1, 5, dims(2, 5, 3, 4), dims(2, 7, 1), dims(2, 7, 3, 4)),
                    new Transfer(Addressing.ND, 0, 5, dims(5, 5), dims(2), dims()));
        }

        View indices(CaseBuilder b, DType type) {
            int length = View.dense(0, type, indices).length();
            return b.input(b.values().between(type, -extent, extent, length), indices);
        }

        @Override
        public String toString() {
            return by + " along " + axis + " of " + Arrays.toString(data) + " at " + Arrays.toString(indices);
        }
    }

    private TransferCases() {}

    private static int[] dims(int... dims) {
        return dims;
    }

    static Stream<KernelCase> gathers() {
        List<KernelCase> cases = new ArrayList<>();
        MapCases.types().forEach(type -> cases.add(gather(type, DType.I64, Layout.DENSE, Transfer.ROWS)));
        for (Transfer transfer : Transfer.all()) {
            for (Layout layout : Layout.values()) {
                cases.add(gather(DType.F32, DType.I64, layout, transfer));
            }
            cases.add(gather(DType.F32, DType.I32, Layout.DENSE, transfer));
        }
        return cases.stream();
    }

    private static KernelCase gather(DType type, DType index, Layout layout, Transfer transfer) {
        CaseBuilder b = new CaseBuilder("Gather " + type + " " + transfer + " " + index + " " + layout);
        View x = b.input(type, layout, transfer.data());
        View at = transfer.indices(b, index);
        View out = b.output(type, layout.forOutputs(), transfer.points());
        return b.build(new Kernel.Gather(x, at, transfer.by(), transfer.axis(), out));
    }

    static Stream<KernelCase> scatters() {
        List<KernelCase> cases = new ArrayList<>();
        for (Combine mode : Combine.values()) {
            MapCases.types().stream()
                    .filter(type -> type != DType.BOOL || mode == Combine.REPLACE)
                    .forEach(type -> cases.add(scatter(type, mode, Layout.DENSE, Transfer.ROWS)));
            Transfer.all().forEach(t -> cases.add(scatter(DType.F32, mode, Layout.DENSE, t)));
            cases.add(special(mode));
        }
        for (Layout layout : Layout.values()) {
            Transfer.all().forEach(t -> cases.add(scatter(DType.F32, Combine.ADD, layout, t)));
        }
        cases.add(embeddingGradient());
        return cases.stream();
    }

    private static KernelCase scatter(DType type, Combine mode, Layout layout, Transfer transfer) {
        CaseBuilder b = new CaseBuilder("Scatter " + mode + " " + type + " " + transfer + " " + layout);
        View x = b.input(type, layout, transfer.data());
        View at = transfer.indices(b, DType.I64);
        View updates = b.input(type, layout, transfer.points());
        View out = b.output(type, layout.forOutputs(), transfer.data());
        return b.build(new Kernel.Scatter(x, at, updates, transfer.by(), transfer.axis(), mode, out));
    }

    private static KernelCase special(Combine mode) {
        CaseBuilder b = new CaseBuilder("Scatter " + mode + " of special f32");
        View x = b.input(b.values().special(DType.F32, 40), 40);
        View at = b.input(b.values().between(DType.I32, -40, 40, 90), 90);
        View u = b.input(b.values().special(DType.F32, 90), 90);
        return b.build(new Kernel.Scatter(x, at, u, Addressing.AXIS, 0, mode, b.output(DType.F32, 40)));
    }

    private static KernelCase embeddingGradient() {
        CaseBuilder b = new CaseBuilder("Scatter: gradient of an embedding");
        View zeros = b.constant(Tensor.zeros(DType.F32, 1)).expand(50, 17);
        View at = b.input(b.values().between(DType.I64, -50, 50, 120), 4, 30);
        View dy = b.input(DType.F32, 4, 30, 17);
        return b.build(new Kernel.Scatter(zeros, at, dy, Addressing.AXIS, 0, Combine.ADD, b.output(DType.F32, 50, 17)));
    }
}
