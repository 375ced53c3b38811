package dev.quern.op;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;

/// Lists of strings as a tensor.
final class Words {
    private Words() {}

    /// `lists`, one for each element of a tensor of this shape, along a new last axis, filled up with `padding`.
    static Tensor padded(Shape shape, List<List<String>> lists, String padding) {
        int longest = lists.stream().mapToInt(List::size).max().orElse(0);
        Tensor out = Tensor.zeros(DType.STRING, shape.concat(Shape.of(longest)));
        for (int i = 0; i < out.length(); i++) {
            List<String> list = lists.get(i / longest);
            int at = i % longest;
            out.elements().set(i, at < list.size() ? list.get(at) : padding);
        }
        return out;
    }
}
