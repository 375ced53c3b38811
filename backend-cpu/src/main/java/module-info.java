/// The CPU backend. On the module path `jdk.incubator.vector` comes in by itself; on the class path it needs
/// `--add-modules jdk.incubator.vector`, and without that the plain kernels run.
module dev.quern.cpu {
    requires dev.quern.core;
    requires jdk.incubator.vector;
    requires static transitive org.jspecify;

    exports dev.quern.cpu;

    provides dev.quern.backend.BackendProvider with
            dev.quern.cpu.CpuProvider;
}
