package dev.quern.bench.kernels;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What the figures of products are shares of: multiply-adds of vectors in registers, independent of each other. The
/// score counts vectors a nanosecond, so twice their lanes of `f32` (8 with AVX2) times it is a core's peak in GFLOP/s.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 5,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--sun-misc-unsafe-memory-access=allow"})
public class PeakBenchmark {
    private static final int TURNS = 10_000;

    /// As many as hide the latency of a processor that begins two each cycle and ends them four or five later.
    private static final int SUMS = 10;

    /// No constant, so that nothing is computed ahead.
    public float factor = 0.999f;

    @Benchmark
    @OperationsPerInvocation(TURNS * SUMS)
    public float multiplyAdds() {
        FloatVector x = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, factor);
        // from different numbers, or they would all be one sum
        FloatVector a = x;
        FloatVector b = x.add(1);
        FloatVector c = x.add(2);
        FloatVector d = x.add(3);
        FloatVector e = x.add(4);
        FloatVector f = x.add(5);
        FloatVector g = x.add(6);
        FloatVector h = x.add(7);
        FloatVector i = x.add(8);
        FloatVector j = x.add(9);
        for (int turn = 0; turn < TURNS; turn++) {
            a = a.fma(x, x);
            b = b.fma(x, x);
            c = c.fma(x, x);
            d = d.fma(x, x);
            e = e.fma(x, x);
            f = f.fma(x, x);
            g = g.fma(x, x);
            h = h.fma(x, x);
            i = i.fma(x, x);
            j = j.fma(x, x);
        }
        FloatVector sum =
                a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j);
        return sum.lane(0);
    }
}
