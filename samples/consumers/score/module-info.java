/// A user's module: one `requires` brings the engine, ONNX and the CPU backend.
module consumer {
    requires dev.quern;
}
