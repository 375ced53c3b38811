package dev.quern.cpu.plain;

/// Copies runs of evenly spaced elements between two arrays of one class.
final class Strided {
    private Strided() {}

    static void copy(Object from, int fromAt, int fromStride, Object to, int toAt, int toStride, int n) {
        if (fromStride == 1 && toStride == 1) {
            System.arraycopy(from, fromAt, to, toAt, n);
            return;
        }
        switch (from) {
            case float[] x -> {
                float[] y = (float[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i * toStride] = x[fromAt + i * fromStride];
                }
            }
            case double[] x -> {
                double[] y = (double[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i * toStride] = x[fromAt + i * fromStride];
                }
            }
            case byte[] x -> {
                byte[] y = (byte[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i * toStride] = x[fromAt + i * fromStride];
                }
            }
            case short[] x -> {
                short[] y = (short[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i * toStride] = x[fromAt + i * fromStride];
                }
            }
            case int[] x -> {
                int[] y = (int[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i * toStride] = x[fromAt + i * fromStride];
                }
            }
            case long[] x -> {
                long[] y = (long[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i * toStride] = x[fromAt + i * fromStride];
                }
            }
            default -> throw new IllegalArgumentException("no elements live in " + from.getClass());
        }
    }
}
