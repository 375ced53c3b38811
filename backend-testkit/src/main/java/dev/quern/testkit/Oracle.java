package dev.quern.testkit;

import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Runs a program by the most obvious loops: every element by its position, every number by itself. Slow, and written
/// apart from every backend, so that a backend can be held to it bit for bit.
final class Oracle {
    private final Program program;

    Oracle(Program program) {
        this.program = program;
    }

    void run(List<Tensor> inputs, List<Tensor> outputs) {
        Object[] slots = program.slots().stream()
                .map(s -> s.dtype().newArray(s.length()))
                .toArray();
        Elements[] buffers = new Elements[program.buffers().size()];
        for (int i = 0; i < buffers.length; i++) {
            Buffer buffer = program.buffers().get(i);
            buffers[i] = switch (buffer.role()) {
                case Buffer.Input(int index) -> inputs.get(index).elements();
                case Buffer.Output(int index) -> outputs.get(index).elements();
                case Buffer.Fixed(var constant) -> constant.tensor().elements();
                case Buffer.Temporary(int slot) -> new Elements(buffer.dtype(), slots[slot]);
            };
        }
        Memory memory = new Memory(buffers);
        for (Program.Step step : program.steps()) {
            run(step.kernel(), memory);
        }
        for (int i = 0; i < outputs.size(); i++) {
            View result = program.outputs().get(i);
            Elements to = outputs.get(i).elements();
            for (int e = 0; e < result.length(); e++) {
                to.copy(e, memory.of(result), result.offset() + e);
            }
        }
    }

    private static void run(Kernel kernel, Memory memory) {
        switch (kernel) {
            case Kernel.Map map -> {
                ScalarProgram exprs = ScalarProgram.of(map.exprs(), Rounding.STRICT);
                int[] dims = map.extent();
                Memory.each(dims, p -> store(exprs, List.of(), map.inputs(), map.outputs(), dims, p, memory));
            }
            case Kernel.Reduce reduce -> OracleReduction.run(reduce, memory);
            case Kernel.Contract contract -> OracleContraction.run(contract, memory);
            case Kernel.Convolve convolve -> OracleContraction.run(convolve, memory);
            case Kernel.Window window -> OracleWindow.run(window, memory);
            case Kernel.Gather gather -> OracleMovement.run(gather, memory);
            case Kernel.Scatter scatter -> OracleMovement.run(scatter, memory);
            case Kernel.Cumulate cumulate -> OracleMovement.run(cumulate, memory);
            case Kernel.Sort sort -> OracleMovement.run(sort, memory);
            case Kernel.Native claimed -> throw new AssertionError("no meaning is known of " + claimed.name());
        }
    }

    /// Stores expressions of `states` (the first arguments) and of elements of `operands` at one position.
    static void store(
            ScalarProgram exprs,
            List<Number> states,
            List<View> operands,
            List<View> outputs,
            int[] dims,
            int[] position,
            Memory memory) {
        List<Elements> in = new ArrayList<>();
        for (Number state : states) {
            Elements e = state instanceof Long n
                    ? Tensor.of(new long[] {n}, 1).elements()
                    : Tensor.of(new double[] {state.doubleValue()}, 1).elements();
            in.add(e);
        }
        in.addAll(Arrays.asList(memory.of(operands)));
        int[] inAt = Memory.join(new int[states.size()], Memory.at(operands, position));
        long[] index = Arrays.stream(position).asLongStream().toArray();
        long linear = Memory.linear(dims, position);
        int[] outAt = Memory.at(outputs, position);
        exprs.store(in.toArray(Elements[]::new), inAt, index, linear, memory.of(outputs), outAt);
    }
}
