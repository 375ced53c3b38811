package dev.quern.backend;

/// The entry point of a backend, found through `ServiceLoader` (list it under `provides` in module-info and in
/// `META-INF/services`, so that it is found on the module path and on the class path).
public interface BackendProvider {

    /// The name that users write: `cpu`, `cuda`, `opencl`, `reference` …
    String name();

    /// Among available backends the one with the highest preference is the default.
    default int preference() {
        return 0;
    }

    /// Looks whether the backend can work here. Never throws.
    Availability probe();

    /// Looks whether one of its devices can work here. Never throws. A backend that knows but one says so.
    ///
    /// @param device its number, from 0
    default Availability probe(int device) {
        return device == 0
                ? probe()
                : new Availability.Unavailable(
                        "it has one device here", "call it " + name() + "; the same may stand several times in a list");
    }
}
