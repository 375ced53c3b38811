package dev.quern.cli;

import dev.quern.backend.Availability;
import dev.quern.backend.BackendProvider;
import dev.quern.backend.Backends;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `quern devices`.
@Command(
        name = "devices",
        mixinStandardHelpOptions = true,
        description = "Lists every backend with its devices, or the reason why it is not available and the remedy.")
final class DevicesCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        for (BackendProvider provider : Backends.providers()) {
            switch (provider.probe()) {
                case Availability.Available available -> {
                    System.out.println(provider.name() + ": available");
                    available.devices().forEach(d -> System.out.println("  " + d));
                    available.backend().remarks().forEach(r -> System.out.println("  " + r));
                }
                case Availability.Unavailable(String reason, String remedy) ->
                    System.out.println(provider.name() + ": not available: " + reason + " (" + remedy + ")");
            }
        }
        return 0;
    }
}
