package dev.quern.backend;

import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;

/// Sums in the memory of the process, for devices of every kind: the first device's tensor, plus the second's, and so
/// on.
final class HostSum implements AllReduce {
    @Override
    public String name() {
        return "the processor";
    }

    @Override
    public void sum(List<List<DeviceTensor>> ranks) {
        for (int i = 0; i < ranks.getFirst().size(); i++) {
            Tensor sum = ranks.getFirst().get(i).read();
            for (List<DeviceTensor> other : ranks.subList(1, ranks.size())) {
                add(sum, elements(other.get(i)));
            }
            for (List<DeviceTensor> rank : ranks) {
                rank.get(i).write(sum);
            }
        }
    }

    /// Not a copy where that can be.
    private static Tensor elements(DeviceTensor tensor) {
        return tensor instanceof HostTensor(Tensor elements) ? elements : tensor.read();
    }

    private static void add(Tensor sum, Tensor other) {
        if (!sum.type().equals(other.type())) {
            throw new ShapeException(
                    "what is summed is " + sum.type() + " on one device, " + other.type() + " on another");
        }
        if (sum.array() instanceof float[] to && other.array() instanceof float[] from) {
            for (int k = 0; k < to.length; k++) {
                to[k] += from[k];
            }
        } else if (sum.array() instanceof double[] to && other.array() instanceof double[] from) {
            for (int k = 0; k < to.length; k++) {
                to[k] += from[k];
            }
        } else {
            throw new ShapeException("sums over devices are of f32 and f64, not of " + sum.dtype());
        }
    }

    @Override
    public void close() {
        // has nothing
    }
}
