package dev.quern.cpu.plain;

import dev.quern.backend.RunControl;

/// A stable sort that can be stopped: insertion into short runs, then merges.
final class StableSort {
    private static final int RUN = 16;

    /// Elements between two looks at whether to stop.
    private static final int POLL = 1 << 14;

    private StableSort() {}

    /// The positions of the first `n` keys in ascending order of the keys; equal ones keep their order.
    static int[] order(long[] keys, int n, RunControl control) {
        int[] order = new int[n];
        for (int from = 0; from < n; from += RUN) {
            if (from % POLL == 0) {
                control.check();
            }
            insert(keys, order, from, Math.min(n, from + RUN));
        }
        int[] other = new int[n];
        for (long width = RUN; width < n; width *= 2) {
            for (long from = 0; from < n; from += 2 * width) {
                int middle = (int) Math.min(n, from + width);
                merge(keys, order, other, (int) from, middle, (int) Math.min(n, middle + width), control);
            }
            int[] swap = order;
            order = other;
            other = swap;
        }
        return order;
    }

    private static void insert(long[] keys, int[] order, int from, int to) {
        for (int i = from; i < to; i++) {
            int at = i;
            while (at > from && keys[order[at - 1]] > keys[i]) {
                order[at] = order[at - 1];
                at--;
            }
            order[at] = i;
        }
    }

    private static void merge(long[] keys, int[] order, int[] to, int from, int middle, int end, RunControl control) {
        int left = from;
        int right = middle;
        for (int i = from; i < end; i++) {
            if (i % POLL == 0) {
                control.check();
            }
            boolean takeLeft = left < middle && (right >= end || keys[order[left]] <= keys[order[right]]);
            to[i] = takeLeft ? order[left++] : order[right++];
        }
    }
}
