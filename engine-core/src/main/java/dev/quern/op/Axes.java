package dev.quern.op;

import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Lists of axes as attributes and operands give them: negative ones count from the end, each may occur once.
final class Axes {
    private Axes() {}

    /// `axes` of a tensor of rank `rank`, counted from the front, in the order given.
    ///
    /// @throws ShapeException where one is outside −rank … rank−1 or occurs twice
    static int[] of(long[] axes, int rank) {
        int[] out = new int[axes.length];
        boolean[] seen = new boolean[rank];
        for (int i = 0; i < axes.length; i++) {
            out[i] = Shape.axis(axes[i], rank);
            if (seen[out[i]]) {
                throw new ShapeException("axes must be distinct, not " + Arrays.toString(axes));
            }
            seen[out[i]] = true;
        }
        return out;
    }

    static int[] of(List<Integer> axes, int rank) {
        return of(axes.stream().mapToLong(Integer::longValue).toArray(), rank);
    }

    /// The axes 0 … rank−1.
    static int[] all(int rank) {
        return IntStream.range(0, rank).toArray();
    }

    /// The axes 0 … rank−1 that are not in `axes`, ascending.
    static int[] others(int[] axes, int rank) {
        return IntStream.range(0, rank)
                .filter(a -> Arrays.stream(axes).noneMatch(x -> x == a))
                .toArray();
    }

    /// Where each axis went: the permutation that undoes `perm`.
    static int[] inverse(int[] perm) {
        int[] out = new int[perm.length];
        for (int i = 0; i < perm.length; i++) {
            out[perm[i]] = i;
        }
        return out;
    }

    static int[] concat(int[] a, int... b) {
        return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }
}
