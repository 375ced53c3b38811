package dev.quern.cpu.codegen;

import dev.quern.kernel.Reducer;

/// Ends a reduction: lane i takes lane i + 8, then i + 4, i + 2, i + 1. One method for each function and type, so that
/// each is compiled for itself.
final class LaneTree {
    private LaneTree() {}

    static float add(float[] lanes) {
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return lanes[0];
    }

    static float mul(float[] lanes) {
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] *= lanes[i + half];
            }
        }
        return lanes[0];
    }

    static float min(float[] lanes) {
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] = Math.min(lanes[i], lanes[i + half]);
            }
        }
        return lanes[0];
    }

    static float max(float[] lanes) {
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] = Math.max(lanes[i], lanes[i + half]);
            }
        }
        return lanes[0];
    }

    static double add(double[] lanes) {
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return lanes[0];
    }

    static double mul(double[] lanes) {
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] *= lanes[i + half];
            }
        }
        return lanes[0];
    }

    static double min(double[] lanes) {
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] = Math.min(lanes[i], lanes[i + half]);
            }
        }
        return lanes[0];
    }

    static double max(double[] lanes) {
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] = Math.max(lanes[i], lanes[i + half]);
            }
        }
        return lanes[0];
    }
}
