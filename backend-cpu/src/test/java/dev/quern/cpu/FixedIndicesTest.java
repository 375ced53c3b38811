package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.RunException;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Kernel.Addressing;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Gathers and scatters on [4, 5, 6] give the same whether their indices are constants, of which neighbours are found
/// once, or arguments.
class FixedIndicesTest {
    /// What addresses the data, and the dims of what is read or written.
    record Case(Addressing addressing, int axis, Tensor indices, int... window) {}

    static Stream<Case> cases() {
        Random random = new Random(3);
        return Stream.of(true, false)
                .flatMap(inOrder -> Stream.of(
                        new Case(Addressing.ND, 0, tuples(random, 3, inOrder), 3, 4),
                        new Case(Addressing.ND, 0, tuples(random, 2, inOrder), 3, 4, 6),
                        new Case(Addressing.ND, 0, tuples(random, 1, inOrder), 3, 4, 5, 6),
                        new Case(
                                Addressing.AXIS,
                                1,
                                list(inOrder ? new long[] {1, 2, 3} : new long[] {-1, 0, 3}),
                                4,
                                3,
                                6),
                        new Case(
                                Addressing.AXIS,
                                2,
                                list(inOrder ? new long[] {0, 1, 2, 3} : new long[] {5, -6, 2, 2}),
                                4,
                                5,
                                4),
                        new Case(Addressing.ELEMENTS, 2, elements(random, inOrder), 2, 5, 3)));
    }

    private static Tensor list(long... places) {
        return Tensor.of(places, places.length);
    }

    /// [3, 4, width]: places in the first axes of the data, one after another or anywhere.
    private static Tensor tuples(Random random, int width, boolean inOrder) {
        int[] extents = {4, 5, 6};
        long[] tuples = new long[12 * width];
        for (int i = 0; i < 12; i++) {
            int rest = i;
            for (int k = width - 1; k >= 0; k--) {
                int place = inOrder ? rest % extents[k] : random.nextInt(2 * extents[k]) - extents[k];
                tuples[i * width + k] = width == 1 ? i % 4 : place;
                rest /= extents[k];
            }
        }
        return Tensor.of(tuples, 3, 4, width);
    }

    private static Tensor elements(Random random, boolean inOrder) {
        long[] places = new long[2 * 5 * 3];
        for (int i = 0; i < places.length; i++) {
            places[i] = inOrder ? i % 3 : random.nextInt(12) - 6;
        }
        return Tensor.of(places, 2, 5, 3);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gathers(Case c) {
        assertThat(gathered(c, true).sameAs(gathered(c, false))).isTrue();
    }

    private static Tensor gathered(Case c, boolean constant) {
        KernelRun run = new KernelRun();
        View data = run.input(KernelRun.random(new Random(1), DType.F32, 4, 5, 6));
        View indices = constant ? run.constant(c.indices) : run.input(c.indices);
        return run(run, new Kernel.Gather(data, indices, c.addressing, c.axis, run.output(DType.F32, c.window)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void scatters(Case c) {
        for (Kernel.Combine mode : new Kernel.Combine[] {Kernel.Combine.REPLACE, Kernel.Combine.ADD}) {
            assertThat(scattered(c, mode, true).sameAs(scattered(c, mode, false)))
                    .as("%s", mode)
                    .isTrue();
        }
    }

    private static Tensor scattered(Case c, Kernel.Combine mode, boolean constant) {
        KernelRun run = new KernelRun();
        View data = run.input(KernelRun.random(new Random(1), DType.F32, 4, 5, 6));
        View indices = constant ? run.constant(c.indices) : run.input(c.indices);
        long[] dims = java.util.Arrays.stream(c.window).asLongStream().toArray();
        View updates = run.input(KernelRun.random(new Random(2), DType.F32, dims));
        View output = run.output(DType.F32, 4, 5, 6);
        return run(run, new Kernel.Scatter(data, indices, updates, c.addressing, c.axis, mode, output));
    }

    private static Tensor run(KernelRun run, Kernel kernel) {
        try (CpuBackend backend = new CpuBackend(Tier.PLAIN, 2)) {
            return run.run(backend, 2, kernel);
        }
    }

    @Test
    void aConstantOutsideIsToldWhenItRuns() {
        Case outside = new Case(Addressing.AXIS, 1, list(0, 5, 1), 4, 3, 6);
        assertThatThrownBy(() -> gathered(outside, true))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("index 5 is outside axis 1 of extent 5");
    }
}
