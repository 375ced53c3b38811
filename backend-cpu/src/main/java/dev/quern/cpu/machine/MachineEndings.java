package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.Ending;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The endings of one kind of kernel, by structure: the layers of a network end in few ways, and each way is written
/// once, whatever its constants. Those used least recently are forgotten, and collected once no program uses them.
final class MachineEndings {
    private static final int CAPACITY = 256;

    private final VectorSet set;
    private final int free;
    private final Arithmetic arithmetic;
    private final Map<Key, Optional<Ending>> known = new Recent<>();
    private final Map<MachineEnding.Structure, MachineEnding> written = new Recent<>();

    private record Key(StraightLine line, List<Ending.Operand> operands) {}

    private static final class Recent<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1;

        Recent() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > CAPACITY;
        }
    }

    /// @param set the vectors of the sums
    /// @param free registers besides that of the sum
    /// @param arithmetic of products that end so
    MachineEndings(VectorSet set, int free, Arithmetic arithmetic) {
        this.set = set;
        this.free = free;
        this.arithmetic = arithmetic;
    }

    /// The ending, where there is one that needs no memory for what lies between.
    ///
    /// @param expr argument 0 is the sum, the others are the operands
    synchronized Optional<Ending> of(Expr expr, List<Ending.Operand> operands) {
        StraightLine line = StraightLine.of(List.of(expr));
        return known.computeIfAbsent(
                new Key(line, List.copyOf(operands)),
                key -> MachineEnding.of(line, key.operands(), free, arithmetic, set)
                        .map(this::writtenOnce));
    }

    private Ending writtenOnce(MachineEnding made) {
        MachineEnding alike = written.putIfAbsent(made.structure(), made);
        return alike == null ? made : made.as(alike);
    }
}
