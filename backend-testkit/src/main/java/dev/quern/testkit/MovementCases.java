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

/// Gather and Scatter by each addressing and mode, with negative and repeated indices; Cumulate; Sort.
final class MovementCases {
    private MovementCases() {}

    static Stream<KernelCase> gathers() {
        List<KernelCase> cases = new ArrayList<>();
        for (DType type : MapCases.types()) {
            cases.add(gather(type, DType.I64, Layout.DENSE, Addressing.AXIS, 0, dims(7, 5), dims(4), dims(4, 5), 7));
        }
        for (DType index : List.of(DType.I32, DType.I64)) {
            for (Layout layout : Layout.values()) {
                cases.add(gather(DType.F32, index, layout, Addressing.AXIS, 1, dims(3, 6, 5), dims(2, 4), dims(3, 2, 4, 5), 6));
                cases.add(gather(DType.F32, index, layout, Addressing.ELEMENTS, 1, dims(3, 6, 5), dims(3, 9, 5), dims(3, 9, 5), 6));
                cases.add(gather(DType.F32, index, layout, Addressing.ND, 0, dims(5, 5, 4), dims(3, 6, 2), dims(3, 6, 4), 5));
            }
        }
        cases.add(gather(DType.F32, DType.I64, Layout.DENSE, Addressing.AXIS, 2, dims(3, 2, 9), dims(), dims(3, 2), 9));
        cases.add(gather(DType.F32, DType.I64, Layout.DENSE, Addressing.AXIS, 0, dims(300, 65), dims(3, 11), dims(3, 11, 65), 300));
        cases.add(gather(DType.F32, DType.I64, Layout.DENSE, Addressing.AXIS, 0, dims(4, 3), dims(0), dims(0, 3), 4));
        cases.add(gather(DType.F32, DType.I64, Layout.DENSE, Addressing.ELEMENTS, 0, dims(4, 3), dims(2, 2), dims(2, 2), 4));
        cases.add(gather(DType.F32, DType.I64, Layout.DENSE, Addressing.ND, 1, dims(2, 5, 5), dims(2, 7, 2), dims(2, 7), 5));
        cases.add(gather(DType.F32, DType.I64, Layout.DENSE, Addressing.ND, 1, dims(2, 5, 3, 4), dims(2, 7, 1), dims(2, 7, 3, 4), 5));
        cases.add(gather(DType.F32, DType.I64, Layout.DENSE, Addressing.ND, 0, dims(5, 5), dims(2), dims(), 5));
        return cases.stream();
    }

    private static int[] dims(int... dims) {
        return dims;
    }

    private static View indices(CaseBuilder b, DType type, int extent, int... dims) {
        int length = View.dense(0, type, dims).length();
        return b.input(b.values().between(type, -extent, extent, length), dims);
    }

    private static KernelCase gather(
            DType type, DType index, Layout layout, Addressing addressing, int axis, int[] data, int[] indices,
            int[] out, int extent) {
        CaseBuilder b = new CaseBuilder("Gather " + addressing + " along " + axis + " of " + type + " "
                + Arrays.toString(data) + " at " + index + Arrays.toString(indices) + " " + layout);
        View x = b.input(type, layout, data);
        View at = indices(b, index, extent, indices);
        Layout to = layout == Layout.REPEATED ? Layout.DENSE : layout;
        return b.build(new Kernel.Gather(x, at, addressing, axis, b.output(type, to, out)));
    }

    static Stream<KernelCase> scatters() {
        List<KernelCase> cases = new ArrayList<>();
        for (Combine mode : Combine.values()) {
            for (DType type : MapCases.types()) {
                if (type != DType.BOOL || mode == Combine.REPLACE) {
                    cases.add(scatter(type, mode, Layout.DENSE, Addressing.AXIS, 0, dims(4, 5), dims(9), dims(9, 5), 4));
                }
            }
            cases.add(scatter(DType.F32, mode, Layout.DENSE, Addressing.ELEMENTS, 1, dims(3, 5), dims(3, 8), dims(3, 8), 5));
            cases.add(scatter(DType.F32, mode, Layout.DENSE, Addressing.ND, 0, dims(3, 4, 5), dims(20, 2), dims(20, 5), 3));
            cases.add(scatter(DType.F32, mode, Layout.DENSE, Addressing.ND, 1, dims(2, 4, 5), dims(2, 11, 1), dims(2, 11, 5), 4));
            cases.add(scatter(DType.F32, mode, Layout.DENSE, Addressing.AXIS, 1, dims(3, 4, 2), dims(2, 3), dims(3, 2, 3, 2), 4));
            cases.add(scatter(DType.F32, mode, Layout.DENSE, Addressing.AXIS, 0, dims(4, 5), dims(0), dims(0, 5), 4));
            cases.add(special(mode));
        }
        for (Layout layout : Layout.values()) {
            cases.add(scatter(DType.F32, Combine.ADD, layout, Addressing.ELEMENTS, 0, dims(4, 6), dims(9, 6), dims(9, 6), 4));
        }
        cases.add(embeddingGradient());
        return cases.stream();
    }

    private static KernelCase scatter(
            DType type, Combine mode, Layout layout, Addressing addressing, int axis, int[] data, int[] indices,
            int[] updates, int extent) {
        CaseBuilder b = new CaseBuilder("Scatter " + mode + " " + addressing + " along " + axis + " of " + type + " "
                + Arrays.toString(data) + " at " + Arrays.toString(indices) + " " + layout);
        View x = b.input(type, layout, data);
        View at = indices(b, DType.I64, extent, indices);
        View u = b.input(type, layout, updates);
        Layout to = layout == Layout.REPEATED ? Layout.DENSE : layout;
        return b.build(new Kernel.Scatter(x, at, u, addressing, axis, mode, b.output(type, to, data)));
    }

    private static KernelCase special(Combine mode) {
        CaseBuilder b = new CaseBuilder("Scatter " + mode + " of special f32");
        View x = b.input(b.values().special(DType.F32, 40), 40);
        View at = indices(b, DType.I32, 40, 90);
        View u = b.input(b.values().special(DType.F32, 90), 90);
        return b.build(new Kernel.Scatter(x, at, u, Addressing.AXIS, 0, mode, b.output(DType.F32, 40)));
    }

    private static KernelCase embeddingGradient() {
        CaseBuilder b = new CaseBuilder("Scatter: gradient of an embedding");
        View zeros = b.constant(Tensor.zeros(DType.F32, 1)).expand(50, 17);
        View at = indices(b, DType.I64, 50, 4, 30);
        View dy = b.input(DType.F32, 4, 30, 17);
        return b.build(new Kernel.Scatter(zeros, at, dy, Addressing.AXIS, 0, Combine.ADD, b.output(DType.F32, 50, 17)));
    }

    static Stream<KernelCase> cumulations() {
        List<KernelCase> cases = new ArrayList<>();
        for (Combine operation : List.of(Combine.ADD, Combine.MULTIPLY, Combine.MIN, Combine.MAX)) {
            for (DType type : MapCases.types()) {
                if (type != DType.BOOL) {
                    cases.add(cumulate(operation, type, Layout.DENSE, 1, false, false, 3, 19));
                }
            }
            for (boolean exclusive : new boolean[] {false, true}) {
                for (boolean reverse : new boolean[] {false, true}) {
                    cases.add(cumulate(operation, DType.F32, Layout.DENSE, 1, exclusive, reverse, 3, 33, 5));
                    cases.add(cumulate(operation, DType.F16, Layout.DENSE, 0, exclusive, reverse, 17, 2));
                }
            }
        }
        for (Layout layout : Layout.values()) {
            cases.add(cumulate(Combine.ADD, DType.F32, layout, 1, false, true, 3, 7, 5));
        }
        cases.add(cumulate(Combine.ADD, DType.F32, Layout.DENSE, 0, true, true, 0, 4));
        cases.add(cumulate(Combine.ADD, DType.F32, Layout.DENSE, 1, false, false, 2, 5003));
        return cases.stream();
    }

    private static KernelCase cumulate(
            Combine operation, DType type, Layout layout, int axis, boolean exclusive, boolean reverse, int... dims) {
        CaseBuilder b = new CaseBuilder("Cumulate " + operation + " of " + type + " " + layout + " along " + axis
                + (exclusive ? ", exclusive" : "") + (reverse ? ", reverse" : "") + Arrays.toString(dims));
        View x = b.input(type, layout, dims);
        Layout to = layout == Layout.REPEATED ? Layout.DENSE : layout;
        return b.build(new Kernel.Cumulate(x, axis, operation, exclusive, reverse, b.output(type, to, dims)));
    }

    static Stream<KernelCase> sorts() {
        List<KernelCase> cases = new ArrayList<>();
        for (boolean largest : new boolean[] {false, true}) {
            for (DType type : MapCases.types()) {
                cases.add(sort(type, true, largest, Layout.DENSE, 1, 40, 2, 40));
            }
            for (int n : new int[] {0, 1, 2, 3, 15, 16, 17, 1000}) {
                cases.add(sort(DType.F32, false, largest, Layout.DENSE, 0, n, n, 3));
            }
            cases.add(sort(DType.F32, true, largest, Layout.DENSE, 2, 5, 2, 3, 77));
            cases.add(sort(DType.F32, true, largest, Layout.DENSE, 1, 0, 3, 8));
            for (Layout layout : Layout.values()) {
                cases.add(sort(DType.F32, false, largest, layout, 1, 4, 3, 9, 2));
            }
        }
        return cases.stream();
    }

    private static KernelCase sort(
            DType type, boolean equals, boolean largest, Layout layout, int axis, int k, int... dims) {
        CaseBuilder b = new CaseBuilder("Sort " + k + " of " + type + Arrays.toString(dims) + " along " + axis
                + " " + layout + (largest ? ", largest first" : "") + (equals ? ", with equals" : ""));
        View x = equals
                ? b.input(b.values().repeated(type, View.dense(0, type, dims).length()), dims)
                : b.input(type, layout, dims);
        Layout to = layout == Layout.REPEATED ? Layout.DENSE : layout;
        int[] out = dims.clone();
        out[axis] = k;
        return b.build(new Kernel.Sort(x, axis, largest, b.output(type, to, out), b.output(DType.I64, to, out)));
    }
}
