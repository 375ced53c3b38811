package dev.quern.op;

import dev.quern.tensor.Tensor;

/// Gaussian elimination of one square matrix, rows exchanged for the largest pivot.
final class Elimination {
    private final double[][] a;

    private Elimination(double[][] a) {
        this.a = a;
    }

    /// Of matrix number `m` of those in the last two axes of `x`.
    static Elimination of(Tensor x, int m) {
        int n = (int) x.shape().dim(-1).extent();
        double[][] a = new double[n][n];
        for (int i = 0; i < n * n; i++) {
            a[i / n][i % n] = x.getDouble(m * n * n + i);
        }
        return new Elimination(a);
    }

    double determinant() {
        double product = 1;
        for (int k = 0; k < a.length; k++) {
            int pivot = pivot(k);
            if (a[pivot][k] == 0) {
                return 0;
            }
            swap(a, k, pivot);
            product *= pivot == k ? a[k][k] : -a[k][k];
            for (int i = k + 1; i < a.length; i++) {
                subtract(a[i], a[k], a[i][k] / a[k][k]);
            }
        }
        return product;
    }

    double[][] inverse() {
        double[][] inverse = new double[a.length][a.length];
        for (int i = 0; i < a.length; i++) {
            inverse[i][i] = 1;
        }
        for (int k = 0; k < a.length; k++) {
            int pivot = pivot(k);
            swap(a, k, pivot);
            swap(inverse, k, pivot);
            double scale = 1 / a[k][k];
            for (int j = 0; j < a.length; j++) {
                a[k][j] *= scale;
                inverse[k][j] *= scale;
            }
            for (int i = 0; i < a.length; i++) {
                if (i != k) {
                    double factor = a[i][k];
                    subtract(a[i], a[k], factor);
                    subtract(inverse[i], inverse[k], factor);
                }
            }
        }
        return inverse;
    }

    private int pivot(int column) {
        int pivot = column;
        for (int i = column + 1; i < a.length; i++) {
            pivot = Math.abs(a[i][column]) > Math.abs(a[pivot][column]) ? i : pivot;
        }
        return pivot;
    }

    private static void swap(double[][] rows, int i, int j) {
        double[] row = rows[i];
        rows[i] = rows[j];
        rows[j] = row;
    }

    private static void subtract(double[] row, double[] other, double factor) {
        for (int j = 0; j < row.length; j++) {
            row[j] -= factor * other[j];
        }
    }
}
