package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quern.op.Trees.Decision;
import dev.quern.op.Trees.Leaf;
import dev.quern.op.Trees.Mode;
import dev.quern.op.Trees.Node;
import dev.quern.tensor.ShapeException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Where a decision leads, and trees that are none.
class TreesTest {
    private static final Node YES = new Leaf(List.of(0), List.of(0));
    private static final Node NO = new Leaf(List.of(0), List.of(1));

    private static Trees stump(Mode mode, double threshold, boolean missingIsYes) {
        Decision root = new Decision(0, mode, threshold, missingIsYes, "yes", "no");
        return new Trees(1, Map.of("root", root, "yes", YES, "no", NO), List.of("root"), List.of(Set.of(2.0, 0.0)));
    }

    /// Whether a stump says yes to `x`.
    private static boolean says(Trees stump, double x) {
        return stump.weight(stump.firstEntry(stump.leaf(0, new double[] {x}, 0))) == 0;
    }

    @ParameterizedTest
    @CsvSource({
        "LEQ, true, true, false",
        "LT, true, false, false",
        "GTE, false, true, true",
        "GT, false, false, true",
        "EQ, false, true, false",
        "NEQ, true, false, true"
    })
    void comparesWithTheThreshold(Mode mode, boolean below, boolean at, boolean above) {
        Trees stump = stump(mode, 1.5, false);
        assertThat(says(stump, 1)).isEqualTo(below);
        assertThat(says(stump, 1.5)).isEqualTo(at);
        assertThat(says(stump, 2)).isEqualTo(above);
    }

    @Test
    void looksIntoASet() {
        Trees stump = stump(Mode.MEMBER, 0, false);
        assertThat(says(stump, 2)).isTrue();
        assertThat(says(stump, -0.0)).isTrue();
        assertThat(says(stump, 1)).isFalse();
    }

    @Test
    void followsTheFileWhereAFeatureIsMissing() {
        assertThat(says(stump(Mode.LEQ, 1, true), Double.NaN)).isTrue();
        assertThat(says(stump(Mode.LEQ, 1, false), Double.NaN)).isFalse();
    }

    @Test
    void refusesACycle() {
        Decision root = new Decision(0, Mode.LEQ, 1, false, "yes", "root");
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> new Trees(1, Map.of("root", root, "yes", YES), List.of("root")))
                .withMessageContaining("node root of the trees has two parents");
    }

    @Test
    void refusesAMissingNode() {
        Decision root = new Decision(0, Mode.LEQ, 1, false, "yes", "no");
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> new Trees(1, Map.of("root", root, "yes", YES), List.of("root")))
                .withMessageContaining("the trees have no node no");
    }

    @Test
    void refusesAForeignTarget() {
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> new Trees(1, Map.of("leaf", new Leaf(List.of(1), List.of(0))), List.of("leaf")))
                .withMessageContaining("not one of 1");
    }
}
