/// Quern in one dependency: the engine, the ONNX reader and writer, and the CPU backend.
module dev.quern {
    requires transitive dev.quern.core;
    requires transitive dev.quern.onnx;
    requires dev.quern.cpu;
}
