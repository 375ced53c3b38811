package dev.quern.reference;

import java.util.function.IntBinaryOperator;

/// Sorts the positions 0 … n−1 by what lies there; equals stay in their order (bottom-up merge sort).
final class StableOrder {
    private int[] sorted;
    private int[] spare;

    StableOrder(int n) {
        sorted = new int[n];
        spare = new int[n];
    }

    /// The positions in ascending order of `compare`; valid until the next call.
    int[] sort(IntBinaryOperator compare, Pulse pulse) {
        int n = sorted.length;
        for (int i = 0; i < n; i++) {
            sorted[i] = i;
        }
        for (int width = 1; width < n; width *= 2) {
            for (int low = 0; low < n; low += 2 * width) {
                merge(low, Math.min(low + width, n), Math.min(low + 2 * width, n), compare);
                pulse.spend(2 * width);
            }
            int[] merged = spare;
            spare = sorted;
            sorted = merged;
        }
        return sorted;
    }

    private void merge(int low, int middle, int high, IntBinaryOperator compare) {
        int a = low;
        int b = middle;
        for (int i = low; i < high; i++) {
            boolean left = b == high || (a < middle && compare.applyAsInt(sorted[a], sorted[b]) <= 0);
            spare[i] = sorted[left ? a++ : b++];
        }
    }
}
