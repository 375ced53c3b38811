package dev.quern.bench.kernels;

import dev.quern.graph.Graph;
import org.openjdk.jmh.annotations.Param;

/// Convolutions of `f32`: a full one that Winograd's algorithm takes, one with a stride, which it cannot, point-wise
/// and
/// depth-wise ones, a transposed one.
public class ConvolutionBenchmark extends KernelBenchmark {
    /// As [Convolution] writes them.
    @Param({"3x3-64-64-28", "3x3s2-32-64-56", "1x1-96-24-56", "3x3g96-96-96-56", "3x3s2g96-96-96-56", "2x2up2-64-32-28"
    })
    public String work;

    @Override
    protected Graph graph() {
        return Convolution.of(work).graph();
    }
}
