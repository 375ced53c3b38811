/// Reads and writes ONNX.
module dev.quern.onnx {
    requires transitive dev.quern.core;
    requires static transitive org.jspecify;

    exports dev.quern.onnx;
    exports dev.quern.onnx.proto;

    provides dev.quern.session.ModelFormat with
            dev.quern.onnx.OnnxFormat;
}
