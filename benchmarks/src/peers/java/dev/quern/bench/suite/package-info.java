/// The models of `benchmarks/compare --suite`: known architectures built with a
/// [GraphBuilder][dev.quern.graph.GraphBuilder] and weights drawn by seed, since speed does not depend on what a model
/// has learnt, and two real ones ([OcrModels][dev.quern.bench.suite.OcrModels]); and those of `--conv` and `--matmul`,
/// single [layers][dev.quern.bench.suite.LayerTables].
/// [Suite][dev.quern.bench.suite.Suite] lists them and writes them as ONNX files;
/// [Baseline][dev.quern.bench.suite.Baseline] holds ratios to compare with.
@NullMarked
package dev.quern.bench.suite;

import org.jspecify.annotations.NullMarked;
