package dev.quern.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Function;

/// Finds backends: those on the library's own loader and on the context class loader.
public final class Backends {
    private Backends() {}

    /// Every provider found, by descending preference.
    public static List<BackendProvider> providers() {
        Map<String, BackendProvider> byName = new LinkedHashMap<>();
        collect(ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader()), byName);
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (context != null) {
            collect(ServiceLoader.load(BackendProvider.class, context), byName);
        }
        List<BackendProvider> all = new ArrayList<>(byName.values());
        all.sort(Comparator.comparingInt(BackendProvider::preference).reversed());
        return all;
    }

    private static void collect(ServiceLoader<BackendProvider> loader, Map<String, BackendProvider> byName) {
        var iterator = loader.iterator();
        while (true) {
            try {
                if (!iterator.hasNext()) {
                    return;
                }
                BackendProvider provider = iterator.next();
                byName.putIfAbsent(provider.name(), provider);
            } catch (ServiceConfigurationError broken) {
                System.getLogger(Backends.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "a backend provider could not be loaded: {0}",
                                broken.getMessage());
            }
        }
    }

    /// The most preferred backend that is available.
    public static Backend best() {
        return prefer(providers().stream().map(BackendProvider::name).toArray(String[]::new));
    }

    /// The first of `names` that is available.
    ///
    /// @throws BackendException where none is, with the reason and the remedy of each
    public static Backend prefer(String... names) {
        StringBuilder reasons = new StringBuilder();
        for (String name : names) {
            switch (probe(name, BackendProvider::probe)) {
                case Availability.Available(Backend backend, List<String> ignored) -> {
                    return backend;
                }
                case Availability.Unavailable(String reason, String remedy) ->
                    reasons.append(reasons.isEmpty() ? "" : "; ")
                            .append("backend \"")
                            .append(name)
                            .append("\": ")
                            .append(reason)
                            .append(" (")
                            .append(remedy)
                            .append(')');
            }
        }
        throw new BackendException(
                reasons.isEmpty() ? "no backend on the class path or module path" : reasons.toString());
    }

    /// One device: the backend that a name like `cuda:1` means. A name without a number is what [#prefer] finds.
    ///
    /// @throws BackendException where it is not available, with the reason and the remedy
    public static Backend device(String name) {
        int colon = name.lastIndexOf(':');
        if (colon < 0) {
            return prefer(name);
        }
        String backend = name.substring(0, colon);
        if (!name.substring(colon + 1).matches("\\d{1,4}")) {
            throw new BackendException("a device is called like cuda:0, not \"" + name + "\"");
        }
        int number = Integer.parseInt(name.substring(colon + 1));
        return switch (probe(backend, p -> p.probe(number))) {
            case Availability.Available(Backend found, List<String> ignored) -> found;
            case Availability.Unavailable(String reason, String remedy) ->
                throw new BackendException("device \"" + name + "\": " + reason + " (" + remedy + ")");
        };
    }

    /// The backend for what `backend` refuses: `cpu` where it is there, else `reference`, which both refuse
    /// nothing.
    public static Backend besides(Backend backend) {
        return backend.name().equals("cpu") ? prefer("reference") : prefer("cpu", "reference");
    }

    private static Availability probe(String name, Function<BackendProvider, Availability> look) {
        List<BackendProvider> providers = providers();
        return providers.stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .map(look)
                .orElseGet(() -> new Availability.Unavailable(
                        "no such backend here",
                        "found: "
                                + String.join(
                                        ", ",
                                        providers.stream()
                                                .map(BackendProvider::name)
                                                .toList()) + "; add the module that brings it"));
    }
}
