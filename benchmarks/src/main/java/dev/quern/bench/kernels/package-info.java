/// The kernels of the processor backend by JMH, one family a class: `java -jar benchmarks/target/benchmarks.jar`.
///
/// A family is a model of one operator or few, a [graph][dev.quern.graph.Graph] whose program is hardly more than the
/// kernel. [KernelBenchmark][dev.quern.bench.kernels.KernelBenchmark] runs it in an
/// [Engine][dev.quern.bench.kernels.Engine], a tier of Quern's or a peer's, after it has compared the results
/// with those of the reference backend.
@NullMarked
package dev.quern.bench.kernels;

import org.jspecify.annotations.NullMarked;
