package dev.quern.bench.kernels;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// ONNX Runtime with its defaults. Inputs and outputs stay in buffers of its own, so nothing is copied through JNI.
public final class OnnxRuntime implements Engine {
    @Override
    public String name() {
        return "onnxruntime";
    }

    @Override
    public Run prepare(Work work, int threads) throws IOException, OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        for (Map.Entry<String, Tensor> e : work.inputs().entrySet()) {
            Tensor t = e.getValue();
            ByteBuffer buffer = buffer(t);
            t.copyTo(MemorySegment.ofBuffer(buffer));
            inputs.put(e.getKey(), tensor(environment, t, buffer));
        }
        Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
        List<ByteBuffer> results = new ArrayList<>();
        for (Tensor t : work.results()) {
            ByteBuffer buffer = buffer(t);
            outputs.put(work.graph().outputNames().get(results.size()), tensor(environment, t, buffer));
            results.add(buffer);
        }
        return new Pinned(environment.createSession(file(work), options), inputs, outputs, results, work.results());
    }

    private static byte[] file(Work work) throws IOException {
        Path file = Files.createTempFile("kernel", ".onnx");
        try (Model model = Model.of(work.graph(), ModelOptions.defaults())) {
            model.save(file);
            return Files.readAllBytes(file);
        } finally {
            Files.delete(file);
        }
    }

    private static ByteBuffer buffer(Tensor t) {
        return ByteBuffer.allocateDirect(t.length() * t.dtype().bits() / 8).order(ByteOrder.nativeOrder());
    }

    private static OnnxTensor tensor(OrtEnvironment environment, Tensor t, ByteBuffer buffer) throws OrtException {
        return OnnxTensor.createTensor(environment, buffer, t.shape().extents(), type(t.dtype()));
    }

    private static OnnxJavaType type(DType dtype) {
        return switch (dtype) {
            case F32 -> OnnxJavaType.FLOAT;
            case I32 -> OnnxJavaType.INT32;
            case I64 -> OnnxJavaType.INT64;
            case I8 -> OnnxJavaType.INT8;
            case U8 -> OnnxJavaType.UINT8;
            default ->
                throw new UnsupportedOperationException("no tensors of " + dtype + " are passed to ONNX Runtime");
        };
    }

    private record Pinned(
            OrtSession session,
            Map<String, OnnxTensor> inputs,
            Map<String, OnnxTensor> outputs,
            List<ByteBuffer> buffers,
            List<Tensor> like)
            implements Run {
        @Override
        public Object run() throws OrtException {
            session.run(inputs, outputs).close();
            return buffers;
        }

        @Override
        public List<Tensor> results() {
            List<Tensor> results = new ArrayList<>();
            for (Tensor t : like) {
                MemorySegment segment = MemorySegment.ofBuffer(buffers.get(results.size()));
                results.add(Tensor.of(segment, t.dtype(), t.shape().extents()));
            }
            return results;
        }

        @Override
        public void close() {
            inputs.values().forEach(OnnxTensor::close);
            outputs.values().forEach(OnnxTensor::close);
            try {
                session.close();
            } catch (OrtException e) {
                throw new IllegalStateException("ONNX Runtime could not close its session", e);
            }
        }
    }
}
