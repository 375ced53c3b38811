package dev.quern.compile;

import dev.quern.expr.Expr;
import dev.quern.expr.Substitution;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Joins a Map to the end of the Reduce, Contract or Convolve whose result it reads: bias, activation, residual.
final class EpilogueFusion {
    private final Kernel.Map reader;
    private final int buffer;
    private final View written;

    private EpilogueFusion(Kernel.Map reader, int buffer, View written) {
        this.reader = reader;
        this.buffer = buffer;
        this.written = written;
    }

    /// The joined kernel, if every element of the result is read once and the Map's other views fit the writer's
    /// space.
    static Optional<Kernel> append(Kernel writer, Kernel.Map reader, int buffer) {
        if (writer.outputs().size() != 1) {
            return Optional.empty();
        }
        EpilogueFusion fusion =
                new EpilogueFusion(reader, buffer, writer.outputs().getFirst());
        return switch (writer) {
            case Kernel.Contract c -> fusion.onto(c);
            case Kernel.Convolve c -> fusion.onto(c);
            case Kernel.Reduce r -> fusion.onto(r);
            case Kernel.Map ignored -> Optional.empty();
            case Kernel.Window ignored -> Optional.empty();
            case Kernel.Gather ignored -> Optional.empty();
            case Kernel.Scatter ignored -> Optional.empty();
            case Kernel.Cumulate ignored -> Optional.empty();
            case Kernel.Sort ignored -> Optional.empty();
            case Kernel.Native ignored -> Optional.empty();
        };
    }

    private Optional<Kernel> onto(Kernel.Contract c) {
        Appended a = append(1, c.epilogueOperands(), c.epilogue());
        return a == null
                ? Optional.empty()
                : Optional.of(new Kernel.Contract(
                        c.a(), c.b(), c.aZero(), c.bZero(), c.accumulate(), a.operands(), a.epilogue(), a.output()));
    }

    private Optional<Kernel> onto(Kernel.Convolve c) {
        Appended a = append(1, c.epilogueOperands(), c.epilogue());
        return a == null
                ? Optional.empty()
                : Optional.of(new Kernel.Convolve(
                        c.input(),
                        c.weights(),
                        c.inputZero(),
                        c.weightsZero(),
                        c.geometry(),
                        c.accumulate(),
                        a.operands(),
                        a.epilogue(),
                        a.output()));
    }

    private Optional<Kernel> onto(Kernel.Reduce r) {
        Appended a =
                append(r.reducer().states(), r.epilogueOperands(), r.epilogue().getFirst());
        return a == null
                ? Optional.empty()
                : Optional.of(new Kernel.Reduce(
                        r.operands(),
                        r.reducedRank(),
                        r.prologue(),
                        r.reducer(),
                        a.operands(),
                        List.of(a.epilogue()),
                        List.of(a.output())));
    }

    private record Appended(List<View> operands, Expr epilogue, View output) {}

    /// @param states how many arguments of the epilogue come before its operands
    private @Nullable Appended append(int states, List<View> operandsBefore, Expr epilogue) {
        Expr then = reader.exprs().getFirst();
        if (ExprCost.usesIndex(then) || ExprCost.nodes(then) + ExprCost.nodes(epilogue) > Fusion.MOST_NODES) {
            return null;
        }
        if (reader.outputs().getFirst().length() != written.length()) {
            return null;
        }
        int[] space = written.dims();
        View result = reader.outputs().getFirst();
        View output = result.length() == written.length() ? result.reshape(space) : null;
        if (output == null) {
            return null;
        }
        List<View> operands = new ArrayList<>(operandsBefore);
        List<Expr> arguments = new ArrayList<>();
        for (View v : reader.inputs()) {
            if (v.buffer() == buffer) {
                if (v.offset() != 0 || !v.isContiguous() || v.length() != written.length()) {
                    return null;
                }
                arguments.add(epilogue);
            } else {
                View moved = v.reshape(space);
                if (moved == null) {
                    return null;
                }
                arguments.add(Expr.arg(states + operands.size(), v.dtype()));
                operands.add(moved);
            }
        }
        return new Appended(operands, Substitution.of(then, a -> arguments.get(a.index())), output);
    }
}
