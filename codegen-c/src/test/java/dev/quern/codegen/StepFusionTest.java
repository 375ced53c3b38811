package dev.quern.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which steps of the suite's programs are done together.
class StepFusionTest {
    private static Stream<String> attentions() {
        return BackendConformance.cases()
                .map(KernelCase::name)
                .filter(n -> n.startsWith("Attention:") && !n.contains("1601 keys"));
    }

    private static Program program(String name) {
        return BackendConformance.cases()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow()
                .program();
    }

    private static Program fused(Program program) {
        return StepFusion.of(program, fused -> true, RunControl.NONE);
    }

    private static long arithmetic(Program program) {
        return program.steps().stream()
                .filter(s -> s.kernel() instanceof Kernel.Contract || s.kernel() instanceof Kernel.Reduce)
                .count();
    }

    @ParameterizedTest
    @MethodSource("attentions")
    void isOneLaunchAndKeepsNoScores(String name) {
        Program given = program(name);
        Program fused = fused(given);
        assertThat(arithmetic(given)).isGreaterThanOrEqualTo(3);
        assertThat(arithmetic(fused)).isZero();
        List<Program.Step> steps = fused.steps().stream()
                .filter(s -> s.kernel() instanceof Kernel.Native)
                .toList();
        assertThat(steps).hasSize(1);
        List<Launch> launches = KernelCode.of(steps.getFirst().kernel(), fused.buffers(), Target.GPU);
        assertThat(launches).hasSize(1);
        assertThat(launches.getFirst().function()).startsWith("q_attention");
        assertThat(fused.frameBytes()).isLessThan(given.frameBytes());
    }

    /// More keys than fit, rows that are shared out otherwise, and what somebody else reads or writes.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Attention: f32, 1 × 1 heads, 3 queries, 1601 keys of 2, values of 3",
                "Attention-like: rows of two batches in one product",
                "Attention-like: queries written anew before the end",
                "Attention-like: probabilities that are a result too",
                "Attention-like: rows in another order",
                "Gates-like: an LSTM of 18 rows and 20 units",
                "Gates-like: a result that is read between the maps",
                "Gates-like: gates that are a result too",
                "Gates-like: a result that may lie where an argument lies"
            })
    void othersStayApart(String name) {
        Program given = program(name);
        assertThat(fused(given)).isSameAs(given);
    }

    private static Stream<String> gates() {
        return BackendConformance.cases().map(KernelCase::name).filter(n -> n.startsWith("Gates:"));
    }

    @ParameterizedTest
    @MethodSource("gates")
    void aProductAndTheMapsOfItsGatesAreOneLaunch(String name) {
        Program given = program(name);
        Program fused = fused(given);
        List<Launch> launches = fused.steps().stream()
                .filter(s -> s.kernel() instanceof Kernel.Native)
                .flatMap(s -> KernelCode.of(s.kernel(), fused.buffers(), Target.GPU).stream())
                .toList();
        assertThat(arithmetic(given)).isEqualTo(launches.size()).isPositive();
        assertThat(arithmetic(fused)).isZero();
        assertThat(launches).allMatch(l -> l.function().startsWith("q_gates"));
        assertThat(fused.steps()).hasSizeLessThanOrEqualTo(given.steps().size() - launches.size());
    }

    @Test
    void aProgramSaysWhichItWants() {
        Program given = program("Attention: heads in groups");
        assertThat(StepFusion.of(given, a -> a.multiplications() > 8 * 6 * 9 * (5 + 4), RunControl.NONE))
                .isSameAs(given);
        assertThat(StepFusion.of(given, a -> a.multiplications() == 8 * 6 * 9 * (5 + 4), RunControl.NONE))
                .isNotSameAs(given);
    }
}
