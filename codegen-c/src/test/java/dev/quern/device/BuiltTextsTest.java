package dev.quern.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BuiltTextsTest {
    private final List<String> released = new ArrayList<>();
    private final BuiltTexts<String> built = new BuiltTexts<>(3, released::add);

    private BuiltTexts<String>.Held held(String program, String... texts) {
        BuiltTexts<String>.Held held = built.newHold();
        List<String> missing = held.take(List.of(texts));
        if (!missing.isEmpty()) {
            built.add(missing, program);
            assertThat(held.take(missing)).isEmpty();
        }
        return held;
    }

    @Test
    void whatIsHeldStaysHoweverMuchItIs() {
        try (var one = held("one", "a", "b", "c");
                var two = held("two", "d", "e", "f")) {
            assertThat(one.take(List.of("f"))).isEmpty();
            assertThat(two.take(List.of("x"))).containsExactly("x");
            assertThat(built.get("a")).isEqualTo("one");
            assertThat(built.get("e")).isEqualTo("two");
            assertThat(built.get("x")).isNull();
        }
        assertThat(built.size()).isEqualTo(3);
        assertThat(released).hasSize(1);
    }

    @Test
    void whatLiesIdleIsBoundedAndTheEldestGoesFirst() {
        for (int model = 0; model < 100; model++) {
            held("program " + model, "text " + model).close();
            assertThat(built.size()).isLessThanOrEqualTo(3);
        }
        assertThat(released).hasSize(97).startsWith("program 0", "program 1").endsWith("program 96");
        assertThat(built.get("text 96")).isNull();
        assertThat(built.get("text 97")).isEqualTo("program 97");
    }

    @Test
    void whatIsUsedAgainIsNotBuiltAgainAndCountsAsNew() {
        held("one", "a").close();
        held("two", "b").close();
        held("three", "c").close();
        held("never built", "a").close();
        held("four", "d").close();
        assertThat(released).containsExactly("two");
        assertThat(built.get("a")).isEqualTo("one");
    }

    @Test
    void whatTwoHoldStaysUntilBothLetGo() {
        var one = held("one", "a", "b");
        var two = held("other", "b");
        one.close();
        one.close();
        held("large", "c", "d", "e").close();
        assertThat(built.get("a")).isEqualTo("one");
        two.close();
        held("larger", "f", "g", "h").close();
        assertThat(built.get("a")).isNull();
    }

    @Test
    void nothingIsLeftAtTheEnd() {
        var open = held("one", "a");
        held("two", "b").close();
        built.clear();
        assertThat(released).containsExactlyInAnyOrder("one", "two");
        open.close();
        assertThat(built.size()).isZero();
        assertThat(released).hasSize(2);
    }
}
