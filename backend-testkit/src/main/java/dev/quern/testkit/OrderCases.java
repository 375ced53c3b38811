package dev.quern.testkit;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.Kernel.Combine;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Cumulate and Sort: what depends on the order of elements along an axis.
final class OrderCases {
    private OrderCases() {}

    static Stream<KernelCase> cumulations() {
        List<KernelCase> cases = new ArrayList<>();
        for (Combine operation : List.of(Combine.ADD, Combine.MULTIPLY, Combine.MIN, Combine.MAX)) {
            MapCases.types().stream()
                    .filter(type -> type != DType.BOOL)
                    .forEach(type -> cases.add(cumulate(operation, type, Layout.DENSE, 1, false, false, 3, 19)));
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
        View out = b.output(type, layout.forOutputs(), dims);
        return b.build(new Kernel.Cumulate(x, axis, operation, exclusive, reverse, out));
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
        CaseBuilder b = new CaseBuilder("Sort " + k + " of " + type + Arrays.toString(dims) + " along " + axis + " "
                + layout + (largest ? ", largest first" : "") + (equals ? ", with equals" : ""));
        int length = View.dense(0, type, dims).length();
        View x = equals ? b.input(b.values().repeated(type, length), dims) : b.input(type, layout, dims);
        int[] out = dims.clone();
        out[axis] = k;
        Layout to = layout.forOutputs();
        return b.build(new Kernel.Sort(x, axis, largest, b.output(type, to, out), b.output(DType.I64, to, out)));
    }
}
