package dev.quern.cpu.codegen;

import java.util.List;

/// Makes kernels of reductions that need no compiler of the Java virtual machine, of rows of at most [#MOST] elements:
/// single runs, or runs of whole groups of 16.
public interface FoldAssembler {
    /// The longest row.
    int MOST = 1 << 16;

    /// A kernel that is fast from its first call on.
    ///
    /// @param identity the bits of the float that lanes begin with
    /// @param sum the operation that combines a sum with an element
    /// @param tree the operation that combines two sums
    /// @param views operation LOAD reads view `bits` for an element; the one behind the last is the sum, the one
    ///     behind that the other sum
    /// @throws NotGenerated where there is none for this
    FoldKernel assemble(LaneCode code, int identity, int sum, int tree, List<Access> views);
}
