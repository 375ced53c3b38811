/// Models made into other models: what `quern convert` does, for Java.
///
/// A [Conversion][dev.quern.convert.Conversion] reads a file, applies [Transform][dev.quern.convert.Transform]s, which
/// are functions from graph to graph, writes the result, and reports in a
/// [ConversionReport][dev.quern.convert.ConversionReport] what changed and how far the outputs are from those of the
/// original ([Accuracy][dev.quern.convert.Accuracy]).
///
/// What a model takes and gives: [FixShapes][dev.quern.convert.FixShapes], [RenameDims][dev.quern.convert.RenameDims],
/// [RenameValues][dev.quern.convert.RenameValues], [Extract][dev.quern.convert.Extract]. How it computes:
/// [Simplify][dev.quern.convert.Simplify] and [Precision][dev.quern.convert.Precision], [Int8][dev.quern.convert.Int8]
/// with what typical inputs show. [ModelDiff][dev.quern.convert.ModelDiff] finds the first value in which two models
/// differ.
@NullMarked
package dev.quern.convert;

import org.jspecify.annotations.NullMarked;
