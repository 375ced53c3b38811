package dev.quern.differential;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.quern.onnx.OnnxTensors;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// ONNX Runtime as the other opinion: one node at a time, its graph optimizations off.
final class OnnxRuntime {
    static final int IR_VERSION = 10;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);

    /// The results of a node by name.
    ///
    /// Operands are constants of the model, since the Java interface takes no inputs of some types.
    ///
    /// @throws OrtException where ONNX Runtime does not accept the node
    Map<String, Tensor> run(NodeProto node, List<OperatorSetIdProto> opsets, Map<String, Tensor> values)
            throws OrtException {
        List<TensorProto> constants = new ArrayList<>();
        node.inputs().stream()
                .filter(n -> !n.isEmpty())
                .distinct()
                .forEach(n -> constants.add(OnnxTensors.encode(n, values.get(n))));
        List<ValueInfoProto> outputs = new ArrayList<>();
        node.outputs().forEach(o -> outputs.add(ValueInfoProto.of(o, null)));
        GraphProto graph = GraphProto.of("node", List.of(node), constants, List.of(), outputs);
        byte[] bytes = OnnxWriter.toBytes(ModelProto.of(IR_VERSION, "quern-test", "", graph, opsets));
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            options.setIntraOpNumThreads(1);
            try (OrtSession session = environment.createSession(bytes, options);
                    OrtSession.Result result = session.run(Map.of())) {
                Map<String, Tensor> results = new LinkedHashMap<>();
                for (Map.Entry<String, OnnxValue> e : result) {
                    if (e.getValue() instanceof OnnxTensor t) {
                        results.put(e.getKey(), tensor(t));
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
