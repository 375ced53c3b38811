/// Training beside PyTorch: the same networks, batches and optimizers, in processes that take turns.
///
/// A [Work][dev.quern.bench.training.Work] is a network with its data and optimizer, made by
/// [Networks][dev.quern.bench.training.Networks]; [TrainingRun][dev.quern.bench.training.TrainingRun] measures one in
/// its
/// own process, [TrainingComparison][dev.quern.bench.training.TrainingComparison] starts those of both sides in turn.
@NullMarked
package dev.quern.bench.training;

import org.jspecify.annotations.NullMarked;
