package dev.quern.reference;

import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
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
        States states = States.of(kernel.reducer(), kernel.prologue().dtype(), length);
        Elements[] in = Buffers.of(kernel.operands(), buffers);
        Elements[] row = {states.row()};
        Rows rows = rows();
        ScalarProgram.Evaluator element = prologue.evaluator();
        Epilogue.Pass pass = epilogue.byElement(buffers);
        for (int s = 0; s < kernel.reducer().states(); s++) {
            pass.state(s, states.state(s));
        }
        while (pass.inside()) {
            for (int stored = 0; stored < length; stored += rows.length()) {
                rows.store(element, in, row, pulse);
            }
            states.reduce();
            pass.store(0, pulse);
        }
    }

    /// The walk over the operands, and over the row of elements beside them: row-major over the reduced axes, the
    /// same again for each position of the kept ones.
    private Rows rows() {
        int kept = space.length - kernel.reducedRank();
        int[] strides = View.rowMajor(space);
        Arrays.fill(strides, 0, kept, 0);
        List<View> row = List.of(View.of(0, kernel.prologue().dtype(), 0, space, strides));
        return kernel.reducedRank() == 0
                ? Rows.ofPoints(space, 0, kernel.operands(), row)
                : Rows.of(space, 0, kernel.operands(), row);
    }
}
