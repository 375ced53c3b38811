package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.MalformedProtoException;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.StringStringEntryProto;
import dev.quern.session.ModelContents;
import dev.quern.session.ModelException;
import dev.quern.session.ModelFormat;
import dev.quern.session.ModelInfo;
import dev.quern.session.SaveOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// ONNX as a format of models, found through `ServiceLoader`.
public final class OnnxFormat implements ModelFormat {

    /// For the service loader.
    public OnnxFormat() {}

    @Override
    public String name() {
        return "onnx";
    }

    @Override
    public boolean recognises(Path file) {
        return String.valueOf(file.getFileName()).endsWith(".onnx");
    }

    @Override
    public Loaded load(Path file) {
        return load(file, ExternalData.beside(file).leavingData());
    }

    @Override
    public Loaded read(Path file) {
        return load(file);
    }

    private static Loaded load(Path file, ExternalData external) {
        if (!Files.isRegularFile(file)) {
            throw new ModelException("there is no model file " + file);
        }
        try {
            external.watch(file);
            ModelProto model = OnnxReader.readModel(file);
            return load(model, external, file.toString(), OnnxContents.ofFile(model, file));
        } catch (IOException e) {
            throw new ModelException("cannot read " + file + ": " + e.getMessage(), e);
        } catch (MalformedProtoException e) {
            throw new ModelException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public Loaded load(byte[] bytes) {
        try {
            ModelProto model = OnnxReader.readModel(bytes, "model");
            return load(model, ExternalData.none("model"), "model", OnnxContents.of(model, bytes.length));
        } catch (MalformedProtoException e) {
            throw new ModelException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Loaded load(ModelProto model, ExternalData external, String origin, ModelContents contents) {
        if (model.graph() == null || model.opsetImports().isEmpty()) {
            throw new ModelException(origin + ": is no ONNX model: it has no graph or imports no operator set");
        }
        Map<String, Long> opsets = opsets(model.opsetImports());
        Graph graph;
        try {
            graph = GraphImport.main(
                            opsets,
                            external,
                            new Functions(model.functions()),
                            model.graph().name())
                    .read(model.graph(), List.of());
        } catch (ModelException e) {
            throw new ModelException(origin + ": " + e.getMessage(), e);
        } catch (MalformedProtoException e) {
            String message = String.valueOf(e.getMessage());
            throw new ModelException(message.startsWith(origin) ? message : origin + ": " + message, e);
        }
        return new Loaded(graph, info(model, opsets), new OnnxSource(model, graph, external), contents);
    }

    /// The versions by domain.
    static Map<String, Long> opsets(List<OperatorSetIdProto> imports) {
        Map<String, Long> opsets = new LinkedHashMap<>();
        for (OperatorSetIdProto o : imports) {
            opsets.merge(OperatorTable.canonical(o.domain()), o.version(), Math::max);
        }
        return opsets;
    }

    /// The versions under the names of domains that people write.
    static Map<String, Long> named(Map<String, Long> opsets) {
        Map<String, Long> named = new LinkedHashMap<>();
        opsets.forEach((domain, version) -> named.put(domain.isEmpty() ? "ai.onnx" : domain, version));
        return named;
    }

    private static ModelInfo info(ModelProto model, Map<String, Long> opsets) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (StringStringEntryProto e : model.metadataProps()) {
            metadata.put(e.key(), e.value());
        }
        return new ModelInfo((model.producerName() + " " + model.producerVersion()).strip(), named(opsets), metadata);
    }

    @Override
    public ModelContents save(Graph graph, ModelInfo info, Optional<Source> source, Path file, SaveOptions options) {
        return OnnxExport.save(graph, info, source, file, options);
    }
}
