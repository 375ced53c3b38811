/// Map and Reduce kernels as byte code, made for one expression each.
///
/// [Generated][dev.quern.cpu.codegen.Generated] makes the steps of a program. Each runs the interpreter
/// (`dev.quern.cpu.plain`) until its [Switch][dev.quern.cpu.codegen.Switch] finds that the
/// [Twin][dev.quern.cpu.codegen.Twin] that the [Generator][dev.quern.cpu.codegen.Generator] made for its structure is
/// faster. On the way there an expression becomes operations on lanes
/// ([Lowering][dev.quern.cpu.codegen.Lowering], [FloatSteps][dev.quern.cpu.codegen.FloatSteps]: a
/// [LaneCode][dev.quern.cpu.codegen.LaneCode]), which are written twice: as calls of the Vector API
/// ([VectorForm][dev.quern.cpu.codegen.VectorForm]) for whole vectors, and as plain arithmetic
/// ([ScalarForm][dev.quern.cpu.codegen.ScalarForm]) for the rest of a row. Both give the bits of the interpreter.
/// A kernel is called on [Operands][dev.quern.cpu.codegen.Operands], which a worker fills in again for every call.
@NullMarked
package dev.quern.cpu.codegen;

import org.jspecify.annotations.NullMarked;
