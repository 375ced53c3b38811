package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Convolutions with constant weights whose channels lie in planes on both sides, as those of a model's arguments and
/// results: the same bits in all tiers and for any number of threads.
class PlanesTest {
    /// A convolution of square images.
    ///
    /// @param spread the input stands at multiples of it, with zeros between
    record Case(
            int images,
            int in,
            int out,
            int extent,
            int taps,
            int stride,
            int dilation,
            int pad,
            int spread,
            int groups) {
        int outExtent() {
            return ((extent - 1) * spread + 1 + 2 * pad - (taps - 1) * dilation - 1) / stride + 1;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(1, 64, 32, 12, 1, 1, 1, 0, 1, 1),
                new Case(2, 24, 24, 9, 1, 1, 1, 0, 1, 1),
                new Case(1, 128, 48, 14, 1, 2, 1, 0, 1, 1),
                new Case(1, 3, 32, 31, 3, 2, 1, 1, 1, 1),
                new Case(1, 3, 17, 20, 7, 2, 1, 3, 1, 1),
                new Case(1, 9, 16, 15, 3, 2, 1, 1, 1, 1),
                new Case(3, 128, 40, 10, 3, 2, 1, 1, 1, 1),
                new Case(1, 32, 64, 11, 3, 1, 3, 3, 1, 4),
                new Case(1, 40, 40, 17, 3, 1, 1, 1, 1, 40),
                new Case(2, 21, 21, 9, 5, 2, 1, 2, 1, 21),
                new Case(1, 16, 16, 5, 3, 1, 1, 1, 1, 16),
                new Case(1, 32, 24, 7, 2, 1, 1, 1, 2, 1),
                new Case(2, 16, 16, 8, 4, 1, 1, 2, 2, 1),
                new Case(1, 128, 9, 6, 4, 1, 1, 1, 3, 1),
                new Case(1, 16, 32, 6, 3, 1, 1, 1, 2, 2),
                new Case(1, 16, 4, 9, 3, 1, 1, 1, 2, 1),
                new Case(2, 12, 3, 10, 2, 1, 1, 1, 2, 1),
                new Case(1, 24, 1, 9, 2, 1, 1, 1, 2, 1),
                new Case(2, 24, 1, 30, 2, 1, 1, 1, 2, 1),
                new Case(1, 9, 1, 5, 3, 1, 1, 2, 3, 1),
                new Case(1, 16, 1, 7, 4, 1, 1, 2, 2, 1));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void bitsAreTheSameEverywhere(Case c) {
        Random random = new Random(c.hashCode());
        Tensor x = KernelRun.random(random, DType.F32, c.images, c.in, c.extent, c.extent);
        Tensor w = KernelRun.random(random, DType.F32, c.out, c.in / c.groups, c.taps, c.taps);
        Tensor bias = KernelRun.random(random, DType.F32, 1, c.out, 1, 1);
        for (boolean ended : new boolean[] {false, true}) {
            Tensor plain;
            try (CpuBackend backend = new CpuBackend(Tier.PLAIN, 1)) {
                plain = run(backend, 1, c, x, w, bias, ended);
            }
            for (Tier tier : Tier.values()) {
                if (tier.obstacle().isPresent()) {
                    continue;
                }
                try (CpuBackend backend = new CpuBackend(tier, 3, true)) {
                    for (int threads : new int[] {1, 3}) {
                        assertThat((float[]) run(backend, threads, c, x, w, bias, ended)
                                        .array())
                                .as("%s, %d threads, ended: %s", tier, threads, ended)
                                .isEqualTo((float[]) plain.array());
                    }
                }
            }
        }
    }

    private static Tensor run(CpuBackend backend, int threads, Case c, Tensor x, Tensor w, Tensor bias, boolean ended) {
        KernelRun run = new KernelRun();
        View input = run.input(x);
        View weights = run.constant(w);
        View biases = run.constant(bias);
        View output = run.output(DType.F32, c.images, c.out, c.outExtent(), c.outExtent());
        Expr sum = Expr.arg(0, DType.F32);
        Kernel.Convolve kernel = new Kernel.Convolve(
                input,
                weights,
                null,
                null,
                new Kernel.Geometry(
                        Collections.nCopies(2, c.stride),
                        Collections.nCopies(2, c.dilation),
                        Collections.nCopies(2, c.pad),
                        Collections.nCopies(2, c.pad),
                        Collections.nCopies(2, c.spread),
                        c.groups,
                        1),
                DType.F32,
                ended ? List.of(biases.expand(output.dims())) : List.of(),
                ended ? sum.plus(Expr.arg(1, DType.F32)).max(0) : sum,
                output);
        return run.run(backend, threads, kernel);
    }
}
