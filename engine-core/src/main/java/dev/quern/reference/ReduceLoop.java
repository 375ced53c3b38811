package dev.quern.reference;

import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.Kernel;
import dev.quern.tensor.Elements;
import java.util.Arrays;
import java.util.List;

/// Reduces output by output: the elements to combine are laid out in a row, which is then reduced to the states.
final class ReduceLoop implements Loop {
    private final Kernel.Reduce kernel;
    private final int[] space;
    private final int length;
    private final ScalarProgram prologue;
    private final Epilogue epilogue;

    ReduceLoop(Kernel.Reduce kernel) {
        this.kernel = kernel;
        this.space = kernel.operands().getFirst().dims();
        this.length = Cursor.count(Arrays.copyOfRange(space, space.length - kernel.reducedRank(), space.length));
        this.prologue = ScalarProgram.of(kernel.prologue(), Rounding.STRICT);
        this.epilogue =
                new Epilogue(kernel.reducer().states(), kernel.epilogueOperands(), kernel.epilogue(), kernel.outputs());
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        ScalarProgram.Evaluator element = prologue.evaluator();
        Elements[] in = Buffers.of(kernel.operands(), buffers);
        Cursor at = new Cursor(space, 0, kernel.operands(), List.of());
        States states = States.of(kernel.reducer(), kernel.prologue().dtype(), length);
        Epilogue.Pass pass = epilogue.over(buffers);
        for (int s = 0; s < kernel.reducer().states(); s++) {
            pass.state(s, states.state(s));
        }
        while (pass.inside()) {
            for (int r = 0; r < length; r++, at.next()) {
                states.element(r, element, in, at);
                pulse.spend(1);
            }
            states.reduce();
            pass.store(0);
            pulse.spend(1);
        }
    }
}
