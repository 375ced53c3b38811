package dev.quern.cli;

import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import dev.quern.train.Dataset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// Rows drawn by seed, to see whether and how fast a model trains: inputs as [SampleInputs] draws them, labels that fit
/// what the model gives for them.
///
/// @param rows the extent of open first dims
record GeneratedData(int rows, long seed) {
    private static final long OTHER_OPEN_DIMS = 8;

    /// @param output the output that labels are for
    /// @param isClasses whether labels are class indices, else numbers of the output's shape
    /// @throws ModelException where the inputs of the model do not have rows along their first axis
    Dataset of(Model m, String output, boolean isClasses) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        m.inputs().forEach(v -> {
            if (v.type() instanceof TensorType t && t.shape().isRanked()) {
                shapes.put(v.name(), extents(t.shape()));
            }
        });
        Map<String, Tensor> inputs = new SampleInputs(shapes, seed).missing(m.graph(), java.util.Set.of());
        Map<String, Datum> results = m.run(inputs);
        if (!(results.get(output) instanceof Tensor given) || given.rank() == 0) {
            throw new ModelException("output \"" + output + "\" has no rows for which labels can be generated");
        }
        return Dataset.arrays(inputs, isClasses ? classes(given) : numbers(given))
                .batched((int) given.shape().dim(0).extent());
    }

    private long[] extents(Shape shape) {
        long[] extents = new long[shape.rank()];
        for (int i = 0; i < extents.length; i++) {
            Dim d = shape.dim(i);
            boolean isRows = i == 0 || d instanceof Dim.Symbol && d.equals(shape.dim(0));
            extents[i] = d.isFixed() ? d.extent() : isRows ? rows : OTHER_OPEN_DIMS;
        }
        return extents;
    }

    private Tensor numbers(Tensor like) {
        SplittableRandom random = new SplittableRandom(seed);
        Tensor numbers = Tensor.zeros(like.dtype(), like.shape());
        for (int i = 0; i < numbers.length(); i++) {
            numbers.elements().set(i, random.nextDouble(-1, 1));
        }
        return numbers;
    }

    private Tensor classes(Tensor scores) {
        if (scores.rank() < 2) {
            throw new ModelException("cross-entropy needs scores [N, C, …], not " + scores.type());
        }
        long[] all = scores.shape().extents();
        long[] extents = new long[all.length - 1];
        extents[0] = all[0];
        System.arraycopy(all, 2, extents, 1, extents.length - 1);
        SplittableRandom random = new SplittableRandom(seed);
        Tensor classes = Tensor.zeros(DType.I64, extents);
        for (int i = 0; i < classes.length(); i++) {
            classes.elements().set(i, random.nextLong(all[1]));
        }
        return classes;
    }
}
