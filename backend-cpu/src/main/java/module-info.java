/// The CPU backend. On the module path `jdk.incubator.vector` comes in by itself; on the class path it needs
/// `--add-modules jdk.incubator.vector`, and without that the plain kernels run. It exports nothing: users meet it
/// through the backend interface.
module dev.quern.cpu {
    requires dev.quern.core;
    requires jdk.incubator.vector;
    requires static org.jspecify;

    provides dev.quern.backend.BackendProvider with
            dev.quern.cpu.CpuProvider;
}
