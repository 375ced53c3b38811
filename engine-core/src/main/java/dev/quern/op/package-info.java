/// Every operator, one block each, in family files.
///
/// An element-wise operator is an expression ([ElementwiseOp][dev.quern.op.ElementwiseOp]); type, meaning, gradient and
/// kernel follow from it. A primitive says each of the four itself; a composite is a small graph. Examples stand beside
/// each operator and feed the tests.
@NullMarked
package dev.quern.op;

import org.jspecify.annotations.NullMarked;
