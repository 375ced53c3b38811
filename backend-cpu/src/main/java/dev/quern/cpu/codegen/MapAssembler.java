package dev.quern.cpu.codegen;

import java.util.List;

/// Makes kernels of Maps that need no compiler of the Java virtual machine.
public interface MapAssembler {

    /// A kernel that is fast from its first call on.
    ///
    /// @param results the operations of `code` that are stored, as they are stored
    /// @param views operation LOAD reads view `bits`; those of the results are last
    /// @throws NotGenerated where there is none for this
    MapKernel assemble(LaneCode code, int[] results, List<Access> views);
}
