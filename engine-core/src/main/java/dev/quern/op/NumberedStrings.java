package dev.quern.op;

import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Strings through operators that only move elements: such an operator is evaluated on the numbers of the strings. Zero
/// is the number of the empty string, which is what strings have in place of zero.
final class NumberedStrings {
    private final List<String> strings = new ArrayList<>(List.of(""));

    private NumberedStrings() {}

    static boolean isNeeded(List<Tensor> in) {
        return in.stream().anyMatch(t -> t.dtype() == DType.STRING);
    }

    static List<Tensor> evaluate(PrimitiveOp op, List<Tensor> in) {
        List<DType> types = op.dtypes(Operands.ofValues(in));
        NumberedStrings numbered = new NumberedStrings();
        List<Tensor> results = op.evaluate(in.stream().map(numbered::numbers).toList());
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            out.add(types.get(i) == DType.STRING ? numbered.strings(results.get(i)) : results.get(i));
        }
        return out;
    }

    private Tensor numbers(Tensor t) {
        if (t.dtype() != DType.STRING) {
            return t;
        }
        Tensor numbers = Tensor.zeros(DType.I64, t.shape());
        for (int i = 0; i < t.length(); i++) {
            numbers.elements().set(i, (long) strings.size());
            strings.add(t.getString(i));
        }
        return numbers;
    }

    private Tensor strings(Tensor numbers) {
        Tensor t = Tensor.zeros(DType.STRING, numbers.shape());
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, strings.get((int) numbers.getLong(i)));
        }
        return t;
    }
}
