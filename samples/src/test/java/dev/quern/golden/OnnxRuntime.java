package dev.quern.golden;

import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/// A model in ONNX Runtime, on one thread, with values of ours.
final class OnnxRuntime implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    private OnnxRuntime(Path model) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = environment.createSession(model.toString(), options);
        } catch (OrtException e) {
            // its StringNormalizer needs a locale of the system, which a small system has not
            Assumptions.assumeFalse(
                    String.valueOf(e.getMessage()).contains("locale"), "ONNX Runtime finds no en_US.UTF-8 locale");
            throw e;
        }
    }

    static OnnxRuntime load(Path model) throws OrtException {
        return new OnnxRuntime(model);
    }

    /// Every output by name, in the model's order.
    Map<String, Datum> run(Map<String, ? extends Datum> inputs) throws OrtException {
        Map<String, OnnxTensor> given = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, ? extends Datum> e : inputs.entrySet()) {
                given.put(e.getKey(), theirs(e.getValue().asTensor()));
            }
            Map<String, Datum> outputs = new LinkedHashMap<>();
            try (OrtSession.Result result = session.run(given)) {
                for (Map.Entry<String, OnnxValue> e : result) {
                    outputs.put(e.getKey(), ours(e.getValue()));
                }
            }
            return outputs;
        } finally {
            given.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor theirs(Tensor t) throws OrtException {
        long[] extents = t.shape().extents();
        return switch (t.array()) {
            case float[] a -> OnnxTensor.createTensor(environment, FloatBuffer.wrap(a), extents);
            case double[] a -> OnnxTensor.createTensor(environment, DoubleBuffer.wrap(a), extents);
            case long[] a -> OnnxTensor.createTensor(environment, LongBuffer.wrap(a), extents);
            case String[] a -> OnnxTensor.createTensor(environment, a, extents);
            default -> throw new IllegalArgumentException("no model here takes " + t.type());
        };
    }

    private static Datum ours(OnnxValue value) throws OrtException {
        return switch (value) {
            case OnnxTensor t -> tensor(t);
            case OnnxSequence s -> {
                List<Datum> elements = new ArrayList<>();
                for (OnnxValue v : s.getValue()) {
                    elements.add(ours(v));
                }
                yield new Datum.Sequence(elements.getFirst().type(), elements);
            }
            case OnnxMap m -> map(m);
            default -> throw new IllegalArgumentException("no model here gives " + value.getInfo());
        };
    }

    private static Datum map(OnnxMap map) throws OrtException {
        Map<Object, Datum> entries = new LinkedHashMap<>();
        map.getValue().forEach((key, number) -> entries.put(key, Tensor.of(new float[] {(Float) number})));
        DType key = map.getInfo().keyType == ai.onnxruntime.OnnxJavaType.STRING ? DType.STRING : DType.I64;
        return new Datum.Mapping(key, Type.tensor(DType.F32), entries);
    }

    private static Tensor tensor(OnnxTensor t) throws OrtException {
        long[] extents = t.getInfo().getShape();
        return switch (t.getInfo().type) {
            case FLOAT -> {
                float[] a = new float[t.getFloatBuffer().remaining()];
                t.getFloatBuffer().get(a);
                yield Tensor.of(a, extents);
            }
            case DOUBLE -> {
                double[] a = new double[t.getDoubleBuffer().remaining()];
                t.getDoubleBuffer().get(a);
                yield Tensor.of(a, extents);
            }
            case INT64 -> {
                long[] a = new long[t.getLongBuffer().remaining()];
                t.getLongBuffer().get(a);
                yield Tensor.of(a, extents);
            }
            case STRING -> Tensor.of((String[]) t.getValue(), extents);
            default -> throw new IllegalArgumentException("no model here gives " + t.getInfo());
        };
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
