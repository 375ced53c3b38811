package dev.quern.testkit;

import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// A program and what it is fed.
///
/// @param name what is special about it; the seed of its data
public record KernelCase(String name, Program program, List<Tensor> inputs) {

    public KernelCase {
        inputs = List.copyOf(inputs);
    }

    /// Tensors for the results, filled with a pattern, so that what a kernel must not touch is seen to be
    /// untouched.
    public List<Tensor> newOutputs() {
        List<Tensor> outputs = new ArrayList<>();
        for (View result : program.outputs()) {
            Elements elements = Elements.zeros(result.dtype(), result.length());
            for (int i = 0; i < elements.length(); i++) {
                elements.set(i, (long) (i % 7));
            }
            outputs.add(Tensor.wrap(result.dtype(), elements.array(), result.length()));
        }
        return outputs;
    }

    /// What the program gives, by the [Oracle].
    public List<Tensor> expected() {
        List<Tensor> outputs = newOutputs();
        new Oracle(program).run(inputs, outputs);
        return outputs;
    }

    @Override
    public String toString() {
        return name;
    }
}
