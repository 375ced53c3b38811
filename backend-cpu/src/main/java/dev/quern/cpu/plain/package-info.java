/// Every kernel in plain Java: total, correct for every type and stride, and warm at once. These are the twins that
/// serve while faster forms are being prepared, and for good where those cannot run; their bits are the definition.
///
/// Expressions are interpreted block by block ([BlockProgram][dev.quern.cpu.plain.BlockProgram]): one shared,
/// auto-vectorised loop over 512 elements for each operation. A [BlockMap][dev.quern.cpu.plain.BlockMap] reads strided
/// operands, runs such a program and stores the results; it is a whole Map kernel, and the end of every kernel that has
/// an epilogue. Indices that never change are looked up once ([FixedRuns][dev.quern.cpu.plain.FixedRuns]), and a
/// softmax
/// is one step ([SharesStep][dev.quern.cpu.plain.SharesStep]) where rows of shares are made fast elsewhere.
@NullMarked
package dev.quern.cpu.plain;

import org.jspecify.annotations.NullMarked;
