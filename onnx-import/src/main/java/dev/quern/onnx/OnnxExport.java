package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.ExternalInliner;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.ModelException;
import dev.quern.session.ModelFormat;
import dev.quern.session.ModelInfo;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes models as ONNX. Where the nodes are still those of the file that was read, only changed initializers are
/// replaced (with the declarations that follow their extents), and everything else is written as it was.
final class OnnxExport {
    private OnnxExport() {}

    static void save(Graph graph, ModelInfo info, Optional<ModelFormat.Source> source, Path file) {
        if (!(source.orElse(null) instanceof OnnxSource onnx) || !hasSameNodes(graph, onnx.graph())) {
            throw new ModelException(file + ": the graph of " + info.producer() + " is not the one that was read; only"
                    + " parameters may change");
        }
        try {
            OnnxWriter.write(patch(onnx, graph), file);
        } catch (IOException e) {
            throw new ModelException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static boolean hasSameNodes(Graph graph, Graph read) {
        if (graph.nodes().size() != read.nodes().size()) {
            return false;
        }
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node a = graph.nodes().get(i);
            Node b = read.nodes().get(i);
            if (!a.op().equals(b.op()) || !a.origins().equals(b.origins())) {
                return false;
            }
        }
        return true;
    }

    private static ModelProto patch(OnnxSource source, Graph graph) {
        Map<String, Tensor> before = parameters(source.graph());
        Map<String, Tensor> now = parameters(graph);
        // the new file may stand in another folder than the weights of the old one
        ModelProto whole = ExternalInliner.inline(source.model(), source.external());
        GraphProto proto = whole.graph();
        List<TensorProto> initializers = new ArrayList<>();
        boolean reshaped = false;
        for (TensorProto t : proto.initializers()) {
            Tensor old = before.get(t.name());
            Tensor changed = now.get(t.name());
            initializers.add(changed == null || changed == old ? t : withElements(t, changed));
            reshaped |= changed != null && old != null && !changed.shape().equals(old.shape());
        }
        GraphProto patched = proto.withInitializers(initializers);
        return whole.withGraph(reshaped ? withTypes(patched, graph, now) : patched);
    }

    private static TensorProto withElements(TensorProto proto, Tensor tensor) {
        TensorProto encoded = OnnxTensors.encode(proto.name(), tensor);
        return proto.withData(OnnxTypes.dataType(tensor.dtype()), tensor.shape().extents(), encoded.data());
    }

    /// Declarations that follow other extents of initializers: of the outputs, and of initializers that old files list as
    /// inputs. Those of inner values, which nobody needs, are dropped.
    private static GraphProto withTypes(GraphProto proto, Graph graph, Map<String, Tensor> now) {
        Map<String, Type> outputs = new HashMap<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            outputs.put(graph.outputNames().get(i), graph.outputs().get(i).type());
        }
        List<ValueInfoProto> declared = proto.outputs().stream()
                .map(v -> withType(v, outputs.get(v.name())))
                .toList();
        List<ValueInfoProto> inputs = proto.inputs().stream()
                .map(v -> now.containsKey(v.name()) ? withType(v, now.get(v.name()).type()) : v)
                .toList();
        return proto.withOutputs(declared).withInputs(inputs).withValueInfo(List.of());
    }

    /// The declaration with the extents that are known now; where none is known, names of dims stay.
    private static ValueInfoProto withType(ValueInfoProto declaration, @Nullable Type now) {
        Optional<Type> before = OnnxTypes.type(declaration.type());
        if (!(now instanceof TensorType(var dtype, Shape shape)) || !shape.isRanked()) {
            return declaration;
        }
        List<Dim> dims = new ArrayList<>(shape.dims());
        if (before.orElse(null) instanceof TensorType t && t.shape().isRanked() && t.shape().rank() == dims.size()) {
            for (int i = 0; i < dims.size(); i++) {
                Dim old = t.shape().dim(i);
                dims.set(i, dims.get(i).isFixed() || old.isFixed() ? dims.get(i) : old);
            }
        }
        return declaration.withType(OnnxTypes.proto(Type.tensor(dtype, Shape.of(dims))));
    }

    private static Map<String, Tensor> parameters(Graph graph) {
        Map<String, Tensor> byName = new HashMap<>();
        for (Value v : graph.parameters()) {
            v.constant().ifPresent(t -> byName.put(v.name(), t));
        }
        return byName;
    }
}
