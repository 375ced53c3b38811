/// Typed scalar expressions: what one element of a result is, in terms of elements of the operands.
///
/// An [Expr][dev.quern.expr.Expr] is data. It can be evaluated ([ScalarProgram][dev.quern.expr.ScalarProgram]),
/// differentiated ([Derivative][dev.quern.expr.Derivative]), simplified ([Simplifier][dev.quern.expr.Simplifier]) and
/// rendered by backends; element-wise operators, prologues and epilogues of kernels are all made of it. The functions
/// are one closed table ([UnaryFn][dev.quern.expr.UnaryFn], [BinaryFn][dev.quern.expr.BinaryFn]) whose meaning, down
/// to integer wrap-around and NaN, is the same on every backend.
@NullMarked
package dev.quern.expr;

import org.jspecify.annotations.NullMarked;
