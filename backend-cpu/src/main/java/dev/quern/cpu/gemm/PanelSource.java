package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Workspace;

/// Where a product finds one operand. Its *lines* are the rows of A or the columns of B.
interface PanelSource {

    /// Lines `first` to `first + count` of matrix `batch`; `first` is a multiple of a panel's lines.
    Factor lines(Workspace workspace, Scratch scratch, int batch, int first, int count);

    /// Says what of a worker's scratch `count` lines take.
    default void plan(ScratchPlan plan, int count) {}
}
