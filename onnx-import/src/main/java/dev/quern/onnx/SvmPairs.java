package dev.quern.onnx;

import dev.quern.tensor.Tensor;
import java.util.Arrays;

/// The pairs of classes (0,1), (0,2) … of a support vector classifier, and which coefficients decide each: ONNX-ML
/// keeps, as LIBSVM does, a row of coefficients for each class but one, where a vector of class i has the coefficient
/// against class j in row j − 1 where j > i, else in row j.
///
/// @param first the first class of each pair
/// @param second the second class of each pair
/// @param start where the vectors of each class begin, and where the last ones end
record SvmPairs(int[] first, int[] second, int[] start) {

    static SvmPairs of(long... perClass) {
        int classes = perClass.length;
        int count = classes * (classes - 1) / 2;
        int[] first = new int[count];
        int[] second = new int[count];
        int p = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, p++) {
                first[p] = i;
                second[p] = j;
            }
        }
        int[] start = new int[classes + 1];
        for (int c = 0; c < classes; c++) {
            start[c + 1] = Math.toIntExact(Math.addExact(start[c], perClass[c]));
        }
        return new SvmPairs(first, second, start);
    }

    int count() {
        return first.length;
    }

    int classes() {
        return start.length - 1;
    }

    int vectors() {
        return start[classes()];
    }

    private int classOf(int vector) {
        int at = Arrays.binarySearch(start, vector);
        int c = at >= 0 ? at : -at - 2;
        while (start[c + 1] == vector) {
            c++;
        }
        return c;
    }

    /// Where the coefficient of each vector for each pair stands, `i64[vectors,pairs]`; 0 where there is none.
    Tensor places() {
        long[] places = new long[vectors() * count()];
        for (int v = 0; v < vectors(); v++) {
            int c = classOf(v);
            for (int p = 0; p < count(); p++) {
                int row = c == first[p] ? second[p] - 1 : first[p];
                places[v * count() + p] = decides(c, p) ? (long) row * vectors() + v : 0;
            }
        }
        return Tensor.of(places, vectors(), count());
    }

    /// 1 where a vector has a coefficient for a pair, else 0, `f64[vectors,pairs]`.
    Tensor mask() {
        double[] mask = new double[vectors() * count()];
        for (int v = 0; v < vectors(); v++) {
            for (int p = 0; p < count(); p++) {
                mask[v * count() + p] = decides(classOf(v), p) ? 1 : 0;
            }
        }
        return Tensor.of(mask, vectors(), count());
    }

    private boolean decides(int c, int pair) {
        return c == first[pair] || c == second[pair];
    }

    /// 1 at the first, or second, class of each pair, `f64[pairs,classes]`.
    Tensor sides(boolean ofFirst) {
        double[] sides = new double[count() * classes()];
        for (int p = 0; p < count(); p++) {
            sides[p * classes() + (ofFirst ? first[p] : second[p])] = 1;
        }
        return Tensor.of(sides, count(), classes());
    }
}
