/// Values and their types.
///
/// A [Datum][dev.quern.tensor.Datum] is what a model takes and gives: a [Tensor][dev.quern.tensor.Tensor], a
/// sequence, a map or an optional. Its [Type][dev.quern.tensor.Type] is known before it exists; a tensor's type is an
/// element type ([DType][dev.quern.tensor.DType]) and a [Shape][dev.quern.tensor.Shape] whose extents
/// ([Dim][dev.quern.tensor.Dim]) are fixed, symbolic or unknown. [Conversion][dev.quern.tensor.Conversion] says what
/// a number of one element type becomes in another.
@NullMarked
package dev.quern.tensor;

import org.jspecify.annotations.NullMarked;
