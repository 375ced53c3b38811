package dev.quern.compile;

import dev.quern.compile.Plan.Region;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// What one program is made for: the extents of a region's inputs, and the values of those that decide shapes. Equal
/// bindings share a program.
public final class Binding {
    private final Shape[] shapes;
    private final DType[] dtypes;
    private final Tensor[] values;
    private final int hash;

    private Binding(Shape[] shapes, DType[] dtypes, Tensor[] values) {
        this.shapes = shapes;
        this.dtypes = dtypes;
        this.values = values;
        int h = Arrays.hashCode(shapes);
        for (Tensor t : values) {
            h = h * 31 + Arrays.hashCode(t.toLongs());
        }
        this.hash = h;
    }

    /// The binding that these inputs of `region` make.
    public static Binding of(Region region, List<Tensor> inputs) {
        Shape[] shapes = new Shape[inputs.size()];
        DType[] dtypes = new DType[inputs.size()];
        Tensor[] values = new Tensor[region.keyed().size()];
        int k = 0;
        for (int i = 0; i < inputs.size(); i++) {
            Tensor t = inputs.get(i);
            shapes[i] = t.shape();
            dtypes[i] = t.dtype();
            Value v = region.inputs().get(i);
            if (region.keyed().contains(v)) {
                values[k++] = t;
            }
        }
        return new Binding(shapes, dtypes, values);
    }

    /// Whether `inputs` make this binding of a region whose inputs' values decide no shapes.
    public boolean isOfShapes(List<Tensor> inputs) {
        if (values.length > 0) {
            return false;
        }
        for (int i = 0; i < shapes.length; i++) {
            Tensor t = inputs.get(i);
            if (t.dtype() != dtypes[i] || !t.shape().equals(shapes[i])) {
                return false;
            }
        }
        return true;
    }

    int[] dims(int input) {
        return shapes[input].intExtents();
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
                && Arrays.equals(shapes, b.shapes)
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
