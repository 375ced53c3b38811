package dev.quern.bench.training;

import java.util.SplittableRandom;

/// Drawn rows of a work and their classes, as arrays that any library takes.
///
/// @param shape the extents of `values`, rows first
record DrawnBatch(float[] values, long[] shape, int[] classes) {

    static DrawnBatch of(Work work, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] shape = new long[1 + work.row().size()];
        shape[0] = work.batch();
        int length = work.batch();
        for (int i = 1; i < shape.length; i++) {
            shape[i] = work.row().get(i - 1);
            length = Math.multiplyExact(length, Math.toIntExact(shape[i]));
        }
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble();
        }
        return new DrawnBatch(
                values, shape, random.ints(work.batch(), 0, work.classes()).toArray());
    }

    /// The classes as rows of zeros with a one.
    float[] oneHot(int count) {
        float[] all = new float[classes.length * count];
        for (int i = 0; i < classes.length; i++) {
            all[i * count + classes[i]] = 1;
        }
        return all;
    }
}
