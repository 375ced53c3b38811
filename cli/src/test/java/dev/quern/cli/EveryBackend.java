package dev.quern.cli;

import dev.quern.backend.Availability;
import dev.quern.backend.Backends;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/// The same models, inputs and seeds on every backend that is here.
final class EveryBackend {
    private EveryBackend() {}

    /// Those that run any model: not `fpga`, which has what its bundle has.
    static List<String> names() {
        return Backends.providers().stream()
                .filter(p -> !p.name().equals("fpga") && p.probe() instanceof Availability.Available)
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
