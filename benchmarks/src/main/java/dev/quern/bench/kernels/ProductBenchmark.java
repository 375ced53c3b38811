package dev.quern.bench.kernels;

import dev.quern.graph.Graph;
import org.openjdk.jmh.annotations.Param;

/// Matrix products of `f32`: a square one, one of a transformer, one row, and the heads of attention.
public class ProductBenchmark extends KernelBenchmark {
    /// As [Product] writes them.
    @Param({"512-512-512", "128-768-768", "1-768-768", "abt-12x128-64-128"})
    public String work;

    @Override
    protected Graph graph() {
        return Product.of(work).graph();
    }
}
