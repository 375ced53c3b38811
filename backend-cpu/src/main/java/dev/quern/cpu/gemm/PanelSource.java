package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;

/// Where a product finds the packed panels of one operand. Its *lines* are the rows of A or the columns of B.
interface PanelSource {

    /// The array with lines `first` to `first + count` of matrix `batch`; `first` is a multiple of a panel's lines.
    float[] panels(Workspace workspace, Scratch scratch, int batch, int first, int count);

    /// Where in that array line `first` begins.
    int at(int batch, int first);
}
