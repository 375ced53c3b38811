package dev.quern.compile;

import dev.quern.expr.Expr;
import dev.quern.expr.Substitution;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Joins a Map into the kernel that reads its result: the reader's expression takes the Map's in place of the element.
final class MapFusion {
    private final Kernel.Map writer;
    private final int buffer;

    private MapFusion(Kernel.Map writer, int buffer) {
        this.writer = writer;
        this.buffer = buffer;
    }

    /// The joined kernel, if `reader` is a Map or Reduce whose every view of `buffer` can be traced through
    /// `writer`.
    static Optional<Kernel> into(Kernel.Map writer, Kernel reader, int buffer) {
        View written = writer.outputs().getFirst();
        if (written.offset() != 0 || !written.isContiguous()) {
            return Optional.empty();
        }
        MapFusion fusion = new MapFusion(writer, buffer);
        return switch (reader) {
            case Kernel.Map map -> fusion.intoMap(map);
            case Kernel.Reduce reduce -> fusion.intoReduce(reduce);
            case Kernel.Contract ignored -> Optional.empty();
            case Kernel.Convolve ignored -> Optional.empty();
            case Kernel.Window ignored -> Optional.empty();
            case Kernel.Gather ignored -> Optional.empty();
            case Kernel.Scatter ignored -> Optional.empty();
            case Kernel.Cumulate ignored -> Optional.empty();
            case Kernel.Sort ignored -> Optional.empty();
            case Kernel.Native ignored -> Optional.empty();
        };
    }

    private Optional<Kernel> intoMap(Kernel.Map reader) {
        Joined joined = join(reader.inputs());
        if (joined == null) {
            return Optional.empty();
        }
        List<Expr> exprs = reader.exprs().stream().map(joined::replace).toList();
        return fits(exprs) ? Optional.of(new Kernel.Map(joined.operands(), exprs, reader.outputs())) : Optional.empty();
    }

    private Optional<Kernel> intoReduce(Kernel.Reduce reader) {
        if (reader.epilogueOperands().stream().anyMatch(v -> v.buffer() == buffer)) {
            return Optional.empty();
        }
        Joined joined = join(reader.operands());
        // what is filled from nothing would leave no operand to say which space is reduced
        if (joined == null || joined.operands().isEmpty()) {
            return Optional.empty();
        }
        Expr prologue = joined.replace(reader.prologue());
        return fits(List.of(prologue))
                ? Optional.of(new Kernel.Reduce(
                        joined.operands(),
                        reader.reducedRank(),
                        prologue,
                        reader.reducer(),
                        reader.epilogueOperands(),
                        reader.epilogue(),
                        reader.outputs()))
                : Optional.empty();
    }

    private static boolean fits(List<Expr> exprs) {
        return exprs.stream().mapToInt(ExprCost::nodes).sum() <= Fusion.MOST_NODES;
    }

    /// Operands of the joined kernel, and what each argument of the reader has become.
    private record Joined(List<View> operands, List<Expr> arguments) {
        Expr replace(Expr e) {
            return Substitution.of(e, a -> arguments.get(a.index()));
        }
    }

    private @Nullable Joined join(List<View> readerOperands) {
        Expr value = writer.exprs().getFirst();
        View written = writer.outputs().getFirst();
        List<View> operands = new ArrayList<>();
        List<Expr> arguments = new ArrayList<>();
        for (View v : readerOperands) {
            if (v.buffer() != buffer) {
                arguments.add(Expr.arg(place(operands, v), v.dtype()));
                continue;
            }
            Remap remap = Remap.of(v, written.dims());
            if (remap == null
                    || (ExprCost.usesIndex(value) && !remap.isIdentity())
                    || (!remap.readsOnce() && !ExprCost.isCheap(value))) {
                return null;
            }
            List<Integer> moved = new ArrayList<>();
            for (View operand : writer.inputs()) {
                View through = remap.apply(operand);
                if (through == null) {
                    return null;
                }
                moved.add(place(operands, through));
            }
            arguments.add(Substitution.of(value, a -> Expr.arg(moved.get(a.index()), a.dtype())));
        }
        return new Joined(operands, arguments);
    }

    /// The position of `v` among the operands, added if it is new.
    private static int place(List<View> operands, View v) {
        int at = operands.indexOf(v);
        if (at < 0) {
            operands.add(v);
            return operands.size() - 1;
        }
        return at;
    }
}
