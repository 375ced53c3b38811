package dev.quern.op;

import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Strings and complex numbers through operators that only move elements: such an operator is evaluated on the numbers
/// of the elements. Zero is the number of what the type has for zero, the empty string or 0 + 0i.
final class NumberedObjects {
    private final List<Object> objects = new ArrayList<>();

    private NumberedObjects() {}

    static boolean isNeeded(List<Tensor> in) {
        return in.stream().anyMatch(t -> t.dtype().isHostOnly());
    }

    static List<Tensor> evaluate(PrimitiveOp op, List<Tensor> in) {
        List<DType> types = op.dtypes(Operands.ofValues(in));
        NumberedObjects numbered = new NumberedObjects();
        List<Tensor> results = op.evaluate(in.stream().map(numbered::numbers).toList());
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            DType type = types.get(i);
            out.add(type.isHostOnly() ? numbered.objects(type, results.get(i)) : results.get(i));
        }
        return out;
    }

    private Tensor numbers(Tensor t) {
        if (!(t.array() instanceof Object[] elements)) {
            return t;
        }
        Tensor numbers = Tensor.zeros(DType.I64, t.shape());
        for (int i = 0; i < t.length(); i++) {
            objects.add(elements[i]);
            numbers.elements().set(i, (long) objects.size());
        }
        return numbers;
    }

    private Tensor objects(DType type, Tensor numbers) {
        Tensor t = Tensor.zeros(type, numbers.shape());
        Object[] elements = (Object[]) t.array();
        for (int i = 0; i < elements.length; i++) {
            int number = (int) numbers.getLong(i);
            if (number > 0) {
                elements[i] = objects.get(number - 1);
            }
        }
        return t;
    }
}
