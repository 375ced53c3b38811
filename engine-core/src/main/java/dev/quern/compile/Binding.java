package dev.quern.compile;

import dev.quern.compile.Plan.Region;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// What one program is made for: the extents of a region's inputs, and the values of those that decide shapes. Equal
/// bindings share a program.
public final class Binding {
    private final int[][] dims;
    private final DType[] dtypes;
    private final Tensor[] values;
    private final int hash;

    private Binding(int[][] dims, DType[] dtypes, Tensor[] values) {
        this.dims = dims;
        this.dtypes = dtypes;
        this.values = values;
        int h = Arrays.deepHashCode(dims);
        for (Tensor t : values) {
            h = h * 31 + Arrays.hashCode(t.toLongs());
        }
        this.hash = h;
    }

    /// The binding that these inputs of `region` make.
    public static Binding of(Region region, List<Tensor> inputs) {
        int[][] dims = new int[inputs.size()][];
        DType[] dtypes = new DType[inputs.size()];
        Tensor[] values = new Tensor[region.keyed().size()];
        int k = 0;
        for (int i = 0; i < inputs.size(); i++) {
            Tensor t = inputs.get(i);
            dims[i] = t.shape().intExtents();
            dtypes[i] = t.dtype();
            Value v = region.inputs().get(i);
            if (region.keyed().contains(v)) {
                values[k++] = t;
            }
        }
        return new Binding(dims, dtypes, values);
    }

    int[] dims(int input) {
        return dims[input];
    }

    DType dtype(int input) {
        return dtypes[input];
    }

    /// The value of the `k`-th keyed input.
    Tensor value(int k) {
        return values[k];
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Binding b
                && hash == b.hash
                && Arrays.deepEquals(dims, b.dims)
                && Arrays.equals(dtypes, b.dtypes)
                && sameValues(b);
    }

    private boolean sameValues(Binding b) {
        for (int i = 0; i < values.length; i++) {
            if (!values[i].sameAs(b.values[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
