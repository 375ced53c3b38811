/// A backend that comes in a module of its own.
module plugin {
    requires dev.quern.core;

    provides dev.quern.backend.BackendProvider with
            plugin.CountingProvider;
}
