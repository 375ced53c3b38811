package dev.quern.differential;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.quern.onnx.OnnxTensors;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The process in which ONNX Runtime runs: some nodes end it.
///
/// Reads from standard input the length and the bytes of a model without inputs; answers on standard output with
/// the number of its results and the length and bytes of each ([OnnxWriter#toBytes]), or with −1 and the length and
/// bytes of what ONNX Runtime says against the model. Its graph optimizations are off.
final class OnnxRuntimeServer {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);

    private OnnxRuntimeServer() {}

    /// @param arguments none
    public static void main(String[] arguments) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in)));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
        OnnxRuntimeServer server = new OnnxRuntimeServer();
        for (int length = in.readInt(); length >= 0; length = in.readInt()) {
            server.answer(in.readNBytes(length), out);
            out.flush();
        }
    }

    private void answer(byte[] model, DataOutputStream out) throws IOException {
        List<byte[]> results;
        try {
            results = run(model);
        } catch (OrtException e) {
            out.writeInt(-1);
            write(String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8), out);
            return;
        }
        out.writeInt(results.size());
        for (byte[] result : results) {
            write(result, out);
        }
    }

    private static void write(byte[] bytes, DataOutputStream out) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private List<byte[]> run(byte[] model) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            options.setIntraOpNumThreads(1);
            try (OrtSession session = environment.createSession(model, options);
                    OrtSession.Result result = session.run(Map.of())) {
                List<byte[]> results = new ArrayList<>();
                for (Map.Entry<String, OnnxValue> e : result) {
                    if (e.getValue() instanceof OnnxTensor t) {
                        results.add(OnnxWriter.toBytes(OnnxTensors.encode(e.getKey(), tensor(t))));
                    }
                }
                return results;
            }
        }
    }

    private static Tensor tensor(OnnxTensor t) throws OrtException {
        TensorInfo info = t.getInfo();
        long[] shape = info.getShape();
        DType dtype = dtype(info.onnxType);
        if (dtype == DType.STRING) {
            List<String> strings = new ArrayList<>();
            flatten(t.getValue(), strings);
            return Tensor.of(strings.toArray(String[]::new), shape);
        }
        if (info.getNumElements() == 0) {
            return Tensor.zeros(dtype, shape);
        }
        return Tensor.of(MemorySegment.ofBuffer(t.getByteBuffer()), dtype, shape);
    }

    private static void flatten(Object value, List<String> strings) {
        if (value instanceof Object[] values) {
            for (Object v : values) {
                flatten(v, strings);
            }
        } else {
            strings.add((String) value);
        }
    }

    private static DType dtype(TensorInfo.OnnxTensorType type) throws OrtException {
        String name = type.name().replace("ONNX_TENSOR_ELEMENT_DATA_TYPE_", "");
        return switch (name) {
            case "FLOAT" -> DType.F32;
            case "DOUBLE" -> DType.F64;
            case "FLOAT16" -> DType.F16;
            case "BFLOAT16" -> DType.BF16;
            case "INT8", "INT16", "INT32", "INT64" -> DType.valueOf("I" + name.substring(3));
            case "UINT8", "UINT16", "UINT32", "UINT64" -> DType.valueOf("U" + name.substring(4));
            case "BOOL" -> DType.BOOL;
            case "STRING" -> DType.STRING;
            default -> throw new OrtException("an element type that is not compared: " + name);
        };
    }
}
