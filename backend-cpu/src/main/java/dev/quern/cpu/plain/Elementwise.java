package dev.quern.cpu.plain;

import dev.quern.cpu.run.Step;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.List;
import java.util.Optional;

/// Makes whatever evaluates expressions in one program, by the interpreter or by something faster.
public interface Elementwise {

    Step map(Kernel.Map kernel);

    Step reduce(Kernel.Reduce kernel);

    /// An epilogue over sums of `f32`.
    ///
    /// @param expr argument 0 is the sum, the others are elements of `operands`
    /// @param base the first of the scratch arrays that it may use
    Epilogue epilogue(Expr expr, List<View> operands, View output, int base);

    /// The rows of `statistics`, a [dev.quern.kernel.Reducer#MAX_SUM_EXP] of its operand, as shares of 1, where there
    /// is a form that is fast from its first call on.
    ///
    /// @param atOnce how many rows a call will have
    /// @param share of an exponential, argument 0, and the sum of its row, argument 1
    default Optional<RowShares> shares(Kernel.Reduce statistics, int atOnce, Expr share) {
        return Optional.empty();
    }

    /// What turns matrices over.
    default Transposer transposer() {
        return Transposer.PLAIN;
    }

    /// Asks for every faster form that there may be.
    default void prepare() {}

    /// The interpreter.
    Elementwise INTERPRETED = new Elementwise() {
        @Override
        public Step map(Kernel.Map kernel) {
            return new MapStep(kernel);
        }

        @Override
        public Step reduce(Kernel.Reduce kernel) {
            return new ReduceStep(kernel);
        }

        @Override
        public Epilogue epilogue(Expr expr, List<View> operands, View output, int base) {
            return new BlockEpilogue(expr, operands, output, base);
        }
    };
}
