package dev.quern.cpu;

import dev.quern.expr.Expr;
import dev.quern.expr.Substitution;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Puts constants that are one number for all elements, such as the scale of scores or scale and zero point of a
/// quantisation, into the expressions: what is left fits into the registers of a tile more often.
final class InlineConstants {
    private final Program program;
    private boolean found;

    private InlineConstants(Program program) {
        this.program = program;
    }

    /// `program`, or the same with such constants in its expressions.
    static Program in(Program program) {
        InlineConstants pass = new InlineConstants(program);
        List<Program.Step> steps = program.steps().stream()
                .map(s -> new Program.Step(pass.in(s.kernel()), s.origins()))
                .toList();
        return pass.found
                ? new Program(program.buffers(), program.slots(), program.inputs(), program.outputs(), steps)
                : program;
    }

    private Kernel in(Kernel kernel) {
        return switch (kernel) {
            case Kernel.Map k -> {
                Operands left = new Operands(0, k.inputs());
                yield left.views.isEmpty()
                        ? k
                        : new Kernel.Map(
                                left.views, k.exprs().stream().map(left::in).toList(), k.outputs());
            }
            case Kernel.Reduce k -> {
                Operands elements = new Operands(0, k.operands());
                Operands left = new Operands(k.reducer().states(), k.epilogueOperands());
                yield elements.views.isEmpty()
                        ? k
                        : new Kernel.Reduce(
                                elements.views,
                                k.reducedRank(),
                                elements.in(k.prologue()),
                                k.reducer(),
                                left.views,
                                k.epilogue().stream().map(left::in).toList(),
                                k.outputs());
            }
            case Kernel.Contract k -> {
                Operands left = new Operands(1, k.epilogueOperands());
                yield new Kernel.Contract(
                        k.a(),
                        k.b(),
                        k.aZero(),
                        k.bZero(),
                        k.accumulate(),
                        left.views,
                        left.in(k.epilogue()),
                        k.output());
            }
            case Kernel.Convolve k -> {
                Operands left = new Operands(1, k.epilogueOperands());
                yield new Kernel.Convolve(
                        k.input(),
                        k.weights(),
                        k.inputZero(),
                        k.weightsZero(),
                        k.geometry(),
                        k.accumulate(),
                        left.views,
                        left.in(k.epilogue()),
                        k.output());
            }
            case Kernel.Window ignored -> kernel;
            case Kernel.Gather ignored -> kernel;
            case Kernel.Scatter ignored -> kernel;
            case Kernel.Cumulate ignored -> kernel;
            case Kernel.Sort ignored -> kernel;
            case Kernel.Native ignored -> kernel;
        };
    }

    /// The operands that stay, and what the others are.
    private final class Operands {
        private final List<View> views = new ArrayList<>();
        private final List<Expr> arguments = new ArrayList<>();
        private final int states;

        /// @param states how many arguments come before the operands
        Operands(int states, List<View> operands) {
            this.states = states;
            for (View view : operands) {
                Expr number = number(view);
                arguments.add(number != null ? number : Expr.arg(states + views.size(), view.dtype()));
                found |= number != null;
                if (number == null) {
                    views.add(view);
                }
            }
        }

        Expr in(Expr expr) {
            return views.size() == arguments.size()
                    ? expr
                    : Substitution.of(expr, a -> a.index() < states ? a : arguments.get(a.index() - states));
        }
    }

    private @Nullable Expr number(View view) {
        DType type = view.dtype();
        Constant constant = program.constant(view.buffer());
        boolean isOne = view.length() > 0
                && IntStream.range(0, view.rank()).allMatch(axis -> view.dim(axis) == 1 || view.stride(axis) == 0);
        if (!isOne
                || !(type == DType.F32 || (type.isInteger() && type.bits() >= Byte.SIZE && type.bits() <= Integer.SIZE))
                || constant == null) {
            return null;
        }
        return type == DType.F32
                ? Expr.constant(type, constant.tensor().getDouble(view.offset()))
                : Expr.constant(type, constant.tensor().getLong(view.offset()));
    }
}
