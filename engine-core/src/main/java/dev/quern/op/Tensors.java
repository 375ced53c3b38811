package dev.quern.op;

import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;

/// Results of oracles: computed in double or long, rounded or wrapped once at the end.
final class Tensors {
    private Tensors() {}

    static Tensor of(DType dtype, Shape shape, double[] values) {
        Elements e = Elements.zeros(dtype, values.length);
        for (int i = 0; i < values.length; i++) {
            e.set(i, values[i]);
        }
        return Tensor.wrap(dtype, e.array(), shape);
    }

    static Tensor of(DType dtype, Shape shape, long[] values) {
        Elements e = Elements.zeros(dtype, values.length);
        for (int i = 0; i < values.length; i++) {
            e.set(i, values[i]);
        }
        return Tensor.wrap(dtype, e.array(), shape);
    }
}
