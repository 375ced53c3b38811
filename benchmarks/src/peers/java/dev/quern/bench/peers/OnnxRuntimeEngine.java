package dev.quern.bench.peers;

import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quern.tensor.Tensor;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// ONNX Runtime with its defaults.
final class OnnxRuntimeEngine implements Engine {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    OnnxRuntimeEngine(Path file, int threads) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        session = environment.createSession(file.toString(), options);
    }

    @Override
    public String name() {
        return "onnxruntime";
    }

    @Override
    public List<Object> run(Map<String, Tensor> inputs) throws OrtException {
        Map<String, OnnxTensor> in = new HashMap<>();
        try {
            for (Map.Entry<String, Tensor> e : inputs.entrySet()) {
                in.put(e.getKey(), tensor(e.getValue()));
            }
            List<Object> outputs = new ArrayList<>();
            try (OrtSession.Result result = session.run(in)) {
                for (Map.Entry<String, OnnxValue> e : result) {
                    outputs.add(plain(e.getValue()));
                }
            }
            return outputs;
        } finally {
            in.values().forEach(OnnxTensor::close);
        }
    }

    private static Object plain(OnnxValue value) throws OrtException {
        return switch (value) {
            case OnnxTensor t ->
                switch (t.getInfo().type) {
                    case FLOAT -> copy(t.getFloatBuffer());
                    case DOUBLE -> copy(t.getDoubleBuffer());
                    case INT64 -> copy(t.getLongBuffer());
                    default -> t.getValue();
                };
            case OnnxSequence maps -> {
                List<Object> rows = new ArrayList<>();
                for (OnnxValue row : maps.getValue()) {
                    rows.add(row.getValue());
                }
                yield rows;
            }
            default -> value.getValue();
        };
    }

    private static float[] copy(FloatBuffer buffer) {
        float[] elements = new float[buffer.remaining()];
        buffer.get(elements);
        return elements;
    }

    private static double[] copy(DoubleBuffer buffer) {
        double[] elements = new double[buffer.remaining()];
        buffer.get(elements);
        return elements;
    }

    private static long[] copy(LongBuffer buffer) {
        long[] elements = new long[buffer.remaining()];
        buffer.get(elements);
        return elements;
    }

    private OnnxTensor tensor(Tensor t) throws OrtException {
        long[] dims = t.shape().extents();
        return switch (t.array()) {
            case float[] a -> OnnxTensor.createTensor(environment, FloatBuffer.wrap(a), dims);
            case double[] a -> OnnxTensor.createTensor(environment, DoubleBuffer.wrap(a), dims);
            case long[] a -> OnnxTensor.createTensor(environment, LongBuffer.wrap(a), dims);
            case int[] a -> OnnxTensor.createTensor(environment, IntBuffer.wrap(a), dims);
            case String[] a -> OnnxTensor.createTensor(environment, a, dims);
            default -> throw new IllegalArgumentException("inputs of " + t.dtype() + " are not compared");
        };
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime could not close its session", e);
        }
    }
}
