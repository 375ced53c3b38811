package dev.quern.kernel;

import java.util.ArrayList;
import java.util.List;

/// Views of one space under as few axes as can say the same, so that rows are long.
public final class MergedAxes {
    private MergedAxes() {}

    /// The views in order, with neighbouring axes made one wherever all views go through them evenly.
    public static List<View> of(List<View> views) {
        View first = views.getFirst();
        List<Integer> dims = new ArrayList<>();
        List<int[]> strides = new ArrayList<>();
        for (int axis = first.rank() - 1; axis >= 0; axis--) {
            int[] outer = strides(views, axis);
            int inner = dims.size() - 1;
            if (first.dim(axis) == 1) {
                continue;
            }
            if (inner >= 0 && continues(outer, strides.get(inner), dims.get(inner))) {
                dims.set(inner, dims.get(inner) * first.dim(axis));
            } else {
                dims.add(first.dim(axis));
                strides.add(outer);
            }
        }
        int[] mergedDims = dims.reversed().stream().mapToInt(i -> i).toArray();
        List<View> merged = new ArrayList<>();
        for (int v = 0; v < views.size(); v++) {
            View view = views.get(v);
            int which = v;
            int[] s = strides.reversed().stream().mapToInt(of -> of[which]).toArray();
            merged.add(View.of(view.buffer(), view.dtype(), view.offset(), mergedDims, s));
        }
        return merged;
    }

    private static int[] strides(List<View> views, int axis) {
        return views.stream().mapToInt(v -> v.stride(axis)).toArray();
    }

    private static boolean continues(int[] outer, int[] inner, int extent) {
        for (int v = 0; v < outer.length; v++) {
            if (outer[v] != inner[v] * extent) {
                return false;
            }
        }
        return true;
    }
}
