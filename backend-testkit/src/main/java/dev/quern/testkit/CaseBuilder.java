package dev.quern.testkit;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Puts a [KernelCase] together: operands and places for results first, then the kernels over them.
final class CaseBuilder {
    private final String name;
    private final Values values;
    private final List<Buffer> buffers = new ArrayList<>();
    private final List<Program.Slot> slots = new ArrayList<>();
    private final List<Integer> inputs = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private final List<View> outputs = new ArrayList<>();
    private final List<Program.Step> steps = new ArrayList<>();

    CaseBuilder(String name) {
        this.name = name;
        this.values = new Values(name.hashCode());
    }

    Values values() {
        return values;
    }

    /// An operand with random elements.
    View input(DType dtype, Layout layout, int... dims) {
        View view = layout.place(buffers.size(), dtype, dims);
        return input(view, values.any(dtype, Layout.bufferLength(view)));
    }

    View input(DType dtype, int... dims) {
        return input(dtype, Layout.DENSE, dims);
    }

    /// A dense operand of the elements given.
    View input(Tensor tensor, int... dims) {
        return input(View.dense(buffers.size(), tensor.dtype(), dims), tensor);
    }

    private View input(View view, Tensor tensor) {
        inputs.add(buffers.size());
        buffers.add(new Buffer(view.dtype(), tensor.length(), new Buffer.Input(tensors.size())));
        tensors.add(tensor);
        return view;
    }

    View constant(Tensor tensor, int... dims) {
        View view = View.dense(buffers.size(), tensor.dtype(), dims);
        buffers.add(new Buffer(tensor.dtype(), tensor.length(), new Buffer.Fixed(new Constant(tensor))));
        return view;
    }

    /// A place for a result.
    View output(DType dtype, Layout layout, int... dims) {
        View view = layout.place(buffers.size(), dtype, dims);
        int length = Layout.bufferLength(view);
        buffers.add(new Buffer(dtype, length, new Buffer.Output(outputs.size())));
        outputs.add(View.dense(view.buffer(), dtype, length));
        return view;
    }

    View output(DType dtype, int... dims) {
        return output(dtype, Layout.DENSE, dims);
    }

    /// A result that is there already.
    void handThrough(View view) {
        outputs.add(view);
    }

    int slot(DType dtype, int length) {
        slots.add(new Program.Slot(dtype, length));
        return slots.size() - 1;
    }

    /// A dense array that starts where the slot does.
    View temporary(int slot, DType dtype, int... dims) {
        View view = View.dense(buffers.size(), dtype, dims);
        buffers.add(new Buffer(dtype, view.length(), new Buffer.Temporary(slot)));
        return view;
    }

    View temporary(DType dtype, int... dims) {
        return temporary(slot(dtype, View.dense(0, dtype, dims).length()), dtype, dims);
    }

    CaseBuilder step(Kernel kernel) {
        steps.add(new Program.Step(kernel, List.of(name + "/" + steps.size())));
        return this;
    }

    KernelCase build() {
        return new KernelCase(name, new Program(buffers, slots, inputs, outputs, steps), tensors);
    }

    KernelCase build(Kernel kernel) {
        return step(kernel).build();
    }
}
