package dev.quern.graph;

import dev.quern.tensor.Complex;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.SplittableRandom;

/// Draws the values of an [Example]'s operands.
final class ExampleValues {
    private ExampleValues() {}

    static Tensor draw(Example.Operand o, SplittableRandom random) {
        int n = o.shape().elements();
        Elements e = Elements.zeros(o.dtype(), n);
        int[] order = permutation(n, random);
        for (int i = 0; i < n; i++) {
            if (o.dtype() == DType.STRING) {
                e.set(i, "s" + random.nextInt(8));
            } else if (o.dtype().isComplex()) {
                e.set(i, new Complex(random.nextInt(3), random.nextInt(3) - 1));
            } else if (o.distinct()) {
                double step = (o.high() - o.low()) / Math.max(1, n);
                e.set(i, o.low() + (order[i] + 0.5) * step);
            } else if (o.dtype().isFloat()) {
                e.set(i, o.low() + random.nextDouble() * (o.high() - o.low()));
            } else {
                e.set(i, random.nextLong((long) o.low(), (long) o.high()));
            }
        }
        return Tensor.wrap(o.dtype(), e.array(), o.shape());
    }

    private static int[] permutation(int n, SplittableRandom random) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
