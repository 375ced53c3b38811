/// Training and fine-tuning.
///
/// A [Trainer][dev.quern.train.Trainer] takes a model, a [Loss][dev.quern.train.Loss], an
/// [Optimizer][dev.quern.train.Optimizer] and a [Dataset][dev.quern.train.Dataset]. It builds one graph for a whole
/// step, from batch and parameters to loss and new parameters, which is compiled and run like any other: there is no
/// second executor. Parameters are written to a second set of arrays and taken over only if the step was sound.
/// Where a file leaves too much open for gradients, batches decide it ([SeenByData][dev.quern.train.SeenByData]).
/// [Steps][dev.quern.train.Steps] makes a step: on tensors of the process, or on several devices with a
/// [Replica][dev.quern.train.Replica] each.
/// [NewHead][dev.quern.train.NewHead] gives a model fresh last layers before it is fine-tuned;
/// [Evaluation][dev.quern.train.Evaluation] measures one on data it has not seen.
///
/// [NpyFile][dev.quern.train.NpyFile] and [NpzFile][dev.quern.train.NpzFile] read and write NumPy's files.
@NullMarked
package dev.quern.train;

import org.jspecify.annotations.NullMarked;
