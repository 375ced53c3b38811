package dev.quern.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.ProductPrecision;
import dev.quern.backend.RunControl;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which steps of the suite's programs are done together.
class LaunchesTest {
    private static List<List<Launch>> launches(String name, Target target) {
        KernelCase found = BackendConformance.cases()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow();
        return new Launches(found.program(), target, ProductPrecision.F32, 4096).of(step -> false, RunControl.NONE);
    }

    private static boolean hasRows(List<List<Launch>> steps) {
        return steps.stream().flatMap(List::stream).anyMatch(l -> l.function().startsWith("q_rows"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Rows: softmax",
                "Rows: softmax of longer rows",
                "Rows: softmax of one long row",
                "Rows: masked softmax in place",
                "Rows: layer normalisation in f32",
                "Rows: layer normalisation in f16",
                "Rows: layer normalisation with a map of the variances",
                "Rows: layer normalisation with a map of the variances in place",
                "Rows: a step between the reduction and the map",
                "Rows: instances over two axes, into channels last",
                "Rows: root of mean squares of a sum",
                "Rows: a row less its largest element, rounded"
            })
    void aReductionAndItsMapAreOneLaunchOnAGpu(String name) {
        List<List<Launch>> steps = launches(name, Target.GPU);
        int rows = steps.stream().map(List::size).toList().indexOf(0) - 1;
        assertThat(hasRows(steps)).isTrue();
        assertThat(steps.get(rows)).hasSize(1);
        assertThat(steps.get(rows).getFirst().function()).startsWith("q_rows");
        assertThat(steps.stream().flatMap(List::stream).map(Launch::function)).noneMatch(f -> f.startsWith("q_reduce"));
    }

    /// What lies backwards, or in the way of others.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Rows: softmax, backwards",
                "Rows: softmax of no rows",
                "Rows: a result that lies where other rows were",
                "Rows: a map that reads the results of other rows",
                "Program: a perceptron over 50 rows"
            })
    void othersStayTwo(String name) {
        assertThat(hasRows(launches(name, Target.GPU))).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"CPU", "FPGA"})
    void onlyGpusHaveGroupsForRows(Target target) {
        assertThat(hasRows(launches("Rows: softmax", target))).isFalse();
    }
}
