package dev.quern.reference;

import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import java.util.List;

/// What is stored of finished accumulators: expressions of them (the first arguments) and of elements of other views
/// (the arguments after).
final class Epilogue {
    private final int states;
    private final List<View> operands;
    private final ScalarProgram program;
    private final List<View> outputs;

    Epilogue(int states, List<View> operands, List<Expr> exprs, List<View> outputs) {
        this.states = states;
        this.operands = operands;
        this.program = ScalarProgram.of(exprs, Rounding.STRICT);
        this.outputs = outputs;
    }

    /// A pass over the outputs in row-major order.
    Pass over(Elements[] buffers) {
        return new Pass(buffers);
    }

    final class Pass {
        private final Elements[] in;
        private final Elements[] out;
        private final Cursor at;
        private final ScalarProgram.Evaluator evaluator = program.evaluator();

        private Pass(Elements[] buffers) {
            in = Buffers.of(states, operands, buffers);
            out = Buffers.of(outputs, buffers);
            at = new Cursor(outputs.getFirst().dims(), states, operands, outputs);
        }

        /// Whether outputs are left to be written.
        boolean inside() {
            return at.inside();
        }

        /// Where accumulator `state` is found from now on.
        void state(int state, Elements row) {
            in[state] = row;
        }

        /// Stores the next output, made of the accumulators at position `row` of their rows.
        void store(int row) {
            for (int s = 0; s < states; s++) {
                at.in[s] = row;
            }
            evaluator.store(in, at.in, at.index, at.linear(), out, at.out);
            at.next();
        }
    }
}
