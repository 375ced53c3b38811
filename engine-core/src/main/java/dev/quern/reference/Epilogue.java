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

    /// A pass over the outputs one by one, in row-major order.
    Pass byElement(Elements[] buffers) {
        return new Pass(buffers, Rows.ofPoints(outputs.getFirst().dims(), states, operands, outputs));
    }

    /// A pass over the outputs row by row.
    Pass byRow(Elements[] buffers) {
        return new Pass(buffers, Rows.of(outputs.getFirst().dims(), states, operands, outputs));
    }

    final class Pass {
        private final Elements[] in;
        private final Elements[] out;
        private final Rows rows;
        private final ScalarProgram.Evaluator evaluator = program.evaluator();

        private Pass(Elements[] buffers, Rows rows) {
            this.in = Buffers.of(states, operands, buffers);
            this.out = Buffers.of(outputs, buffers);
            this.rows = rows;
        }

        /// Whether outputs are left to be written.
        boolean inside() {
            return rows.start.inside();
        }

        /// Where accumulator `state` is found from now on.
        void state(int state, Elements row) {
            in[state] = row;
        }

        /// Stores the next row of outputs, made of the accumulators from position `first` on.
        void store(int first, Pulse pulse) {
            for (int s = 0; s < states; s++) {
                rows.start.in[s] = first;
            }
            rows.store(evaluator, in, out, pulse);
        }
    }
}
