package dev.quern.reference;

import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Runs the loops of a program in order on the caller's thread, on the arrays of the tensors that it is given.
final class ReferenceExecutable implements Executable {
    private final Program program;
    private final List<Loop> loops;

    ReferenceExecutable(Program program) {
        this.program = program;
        this.loops = program.steps().stream().map(Loop::of).toList();
    }

    /// The slots of one run, an array each.
    private record Slots(ReferenceExecutable owner, List<Object> arrays) implements Frame {}

    @Override
    public Frame newFrame(RunControl control) {
        List<Object> arrays = new ArrayList<>();
        for (Program.Slot s : program.slots()) {
            control.check();
            arrays.add(s.dtype().newArray(s.length()));
        }
        return new Slots(this, arrays);
    }

    /// @throws ShapeException where the frame is another executable's or tensors do not fit the program
    @Override
    public void run(Frame frame, List<Tensor> inputs, List<Tensor> outputs, RunControl control) {
        if (!(frame instanceof Slots slots) || slots.owner != this) {
            throw new ShapeException("a frame of this executable is needed, not one of another");
        }
        if (inputs.size() != program.inputs().size()
                || outputs.size() != program.outputs().size()) {
            throw new ShapeException("the program takes " + program.inputs().size() + " inputs and gives "
                    + program.outputs().size() + " outputs, not " + inputs.size() + " and " + outputs.size());
        }
        Elements[] buffers = bind(slots, inputs, outputs);
        Pulse pulse = new Pulse(control);
        boolean traces = control.traces();
        for (int i = 0; i < loops.size(); i++) {
            Program.Step step = program.steps().get(i);
            long start = traces ? System.nanoTime() : 0;
            control.check();
            try {
                loops.get(i).run(buffers, pulse);
            } catch (ArithmeticException e) {
                throw new RunException("\"" + step.name() + "\": an integer is divided by zero", e);
            }
            if (traces) {
                control.stepDone(step, System.nanoTime() - start);
            }
        }
        handThrough(buffers, outputs, pulse);
    }

    private Elements[] bind(Slots slots, List<Tensor> inputs, List<Tensor> outputs) {
        Elements[] bound = new Elements[program.buffers().size()];
        for (int i = 0; i < bound.length; i++) {
            Buffer buffer = program.buffers().get(i);
            bound[i] = switch (buffer.role()) {
                case Buffer.Input(int index) -> checked("input", index, inputs.get(index), buffer);
                case Buffer.Output(int index) -> checked("output", index, outputs.get(index), buffer);
                case Buffer.Fixed(var constant) -> constant.tensor().elements();
                case Buffer.Temporary(int slot) -> new Elements(buffer.dtype(), slots.arrays.get(slot));
            };
        }
        return bound;
    }

    private static Elements checked(String what, int index, Tensor tensor, Buffer buffer) {
        if (tensor.dtype() != buffer.dtype() || tensor.length() != buffer.length()) {
            throw new ShapeException(what + " " + index + " must have " + buffer.length() + " elements of "
                    + buffer.dtype() + ", not be " + tensor.type());
        }
        return tensor.elements();
    }

    /// Copies the results that no kernel wrote to their own tensor: inputs, constants and results given twice.
    private void handThrough(Elements[] buffers, List<Tensor> outputs, Pulse pulse) {
        for (int i = 0; i < outputs.size(); i++) {
            View result = program.outputs().get(i);
            boolean written =
                    program.buffers().get(result.buffer()).role() instanceof Buffer.Output(int index) && index == i;
            if (!written) {
                Object source = buffers[result.buffer()].array();
                Copy.elements(source, result.offset(), 1, outputs.get(i).array(), 0, 1, result.length());
                pulse.spend(result.length());
            }
        }
    }
}
