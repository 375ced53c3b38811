package dev.quern.op;

import dev.quern.graph.Value;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Collects one tensor an iteration and stacks them along a new axis; and the opposite, one slice along an axis.
final class Stacking {
    private final Type element;
    private final int axis;
    private final boolean reversed;
    private final List<Tensor> parts = new ArrayList<>();

    private Stacking(Type element, int axis, boolean reversed) {
        this.element = element;
        this.axis = axis;
        this.reversed = reversed;
    }

    static List<Stacking> of(List<Value> elements, int axis, boolean reversed) {
        return elements.stream()
                .map(v -> new Stacking(v.type(), axis, reversed))
                .toList();
    }

    static void addAll(List<Stacking> stacks, List<Datum> elements) {
        for (int i = 0; i < stacks.size(); i++) {
            stacks.get(i).parts.add(elements.get(i).asTensor());
        }
    }

    /// The type of `length` elements stacked along `axis`.
    static Type type(Type element, int axis, Dim length) {
        Type.TensorType t = element.asTensor();
        if (!t.shape().isRanked()) {
            return t;
        }
        List<Dim> dims = new ArrayList<>(t.shape().dims());
        dims.add(Shape.axis(axis, dims.size() + 1), length);
        return Type.tensor(t.dtype(), Shape.of(dims));
    }

    Tensor stacked() {
        DType dtype = element.asTensor().dtype();
        Shape one = parts.isEmpty()
                ? emptied(element.asTensor().shape())
                : parts.getFirst().shape();
        Shape whole = type(Type.tensor(dtype, one), axis, Dim.of(parts.size()))
                .asTensor()
                .shape();
        Tensor out = Tensor.zeros(dtype, whole);
        List<Tensor> ordered = new ArrayList<>(parts);
        if (reversed) {
            Collections.reverse(ordered);
        }
        View target = Strided.dense(out);
        int at = Shape.axis(axis, target.rank());
        for (int i = 0; i < ordered.size(); i++) {
            copy(
                    Strided.dense(ordered.get(i)),
                    ordered.get(i).elements(),
                    drop(target.slice(at, i, 1, 1), at),
                    out.elements());
        }
        return out;
    }

    /// Without any iteration, dims that are not known are taken as 0.
    private static Shape emptied(Shape s) {
        return s.isRanked() ? s.map(d -> d.isFixed() ? d : Dim.of(0)) : Shape.SCALAR;
    }

    /// Slice `at` of `t` along `axis`, without that axis.
    static Tensor slice(Tensor t, int axis, long at) {
        View whole = Strided.dense(t);
        int a = Shape.axis(axis, t.rank());
        View part = drop(whole.slice(a, Math.toIntExact(at), 1, 1), a);
        Tensor out = Tensor.zeros(t.dtype(), Shape.of(part.dims()));
        copy(part, t.elements(), Strided.dense(out), out.elements());
        return out;
    }

    private static View drop(View v, int axis) {
        int[] order = new int[v.rank() - 1];
        for (int i = 0; i < order.length; i++) {
            order[i] = i < axis ? i : i + 1;
        }
        return v.permute(order);
    }

    private static void copy(View from, Elements source, View to, Elements target) {
        Positions p = new Positions(from.dims(), from, to);
        for (int n = from.length(); n > 0; n--, p.next()) {
            target.copy(p.at(1), source, p.at(0));
        }
    }
}
