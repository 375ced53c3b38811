package dev.quern.cli;

import dev.quern.backend.Availability;
import dev.quern.backend.Backends;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/// The same models, inputs and seeds on every backend that is here.
final class EveryBackend {
    /// The only one to take, as by `-Dquern.test.backend=cuda`; empty for all.
    private static final String CHOSEN = System.getProperty("quern.test.backend", "");

    private EveryBackend() {}

    /// Those that run any model: not `fpga`, which has what its bundle has.
    static List<String> names() {
        return Backends.providers().stream()
                .filter(p ->
                        CHOSEN.isEmpty() ? !p.name().equals("fpga") : p.name().equals(CHOSEN))
                .filter(p -> p.probe() instanceof Availability.Available)
                .map(p -> p.name())
                .sorted()
                .toList();
    }

    /// Each case with the name of each backend before it.
    static <C> Stream<Arguments> with(List<C> cases, Function<C, Arguments> arguments) {
        return names().stream()
                .flatMap(b -> cases.stream()
                        .map(c -> Stream.concat(
                                        Stream.of(b),
                                        Stream.of(arguments.apply(c).get()))
                                .toArray())
                        .map(Arguments::of));
    }
}
