package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/// A whole model file.
///
/// @param irVersion the version of the file format
/// @param domain the model's own namespace, as a reverse DNS name; usually empty
/// @param opsetImports the operator sets that the nodes mean
public record ModelProto(
        long irVersion,
        String producerName,
        String producerVersion,
        String domain,
        long modelVersion,
        String docString,
        GraphProto graph,
        List<OperatorSetIdProto> opsetImports,
        List<StringStringEntryProto> metadataProps,
        List<TrainingInfoProto> trainingInfo,
        List<FunctionProto> functions,
        Extras extras) {
    private static final int IR_VERSION = 1;
    private static final int PRODUCER_NAME = 2;
    private static final int PRODUCER_VERSION = 3;
    private static final int DOMAIN = 4;
    private static final int MODEL_VERSION = 5;
    private static final int DOC_STRING = 6;
    private static final int GRAPH = 7;
    private static final int OPSET_IMPORT = 8;
    private static final int METADATA_PROPS = 14;
    private static final int TRAINING_INFO = 20;
    private static final int FUNCTIONS = 25;

    /// Keeps unmodifiable copies of the lists.
    public ModelProto {
        opsetImports = List.copyOf(opsetImports);
        metadataProps = List.copyOf(metadataProps);
        trainingInfo = List.copyOf(trainingInfo);
        functions = List.copyOf(functions);
    }

    /// A model made in memory.
    public static ModelProto of(
            long irVersion,
            String producerName,
            String producerVersion,
            GraphProto graph,
            List<OperatorSetIdProto> opsetImports) {
        return new ModelProto(
                irVersion,
                producerName,
                producerVersion,
                "",
                0,
                "",
                graph,
                opsetImports,
                List.of(),
                List.of(),
                List.of(),
                Extras.NONE);
    }

    /// The same model with another graph.
    public ModelProto withGraph(GraphProto graph) {
        return with(irVersion, graph, opsetImports, metadataProps, functions);
    }

    /// The same model with other operator sets.
    public ModelProto withOpsetImports(List<OperatorSetIdProto> opsetImports) {
        return with(irVersion, graph, opsetImports, metadataProps, functions);
    }

    /// The same model with other metadata.
    public ModelProto withMetadataProps(List<StringStringEntryProto> metadataProps) {
        return with(irVersion, graph, opsetImports, metadataProps, functions);
    }

    /// The same model with other functions.
    public ModelProto withFunctions(List<FunctionProto> functions) {
        return with(irVersion, graph, opsetImports, metadataProps, functions);
    }

    /// The same model as a file of another format version.
    public ModelProto withIrVersion(long irVersion) {
        return with(irVersion, graph, opsetImports, metadataProps, functions);
    }

    private ModelProto with(
            long irVersion,
            GraphProto graph,
            List<OperatorSetIdProto> opsetImports,
            List<StringStringEntryProto> metadataProps,
            List<FunctionProto> functions) {
        return new ModelProto(
                irVersion,
                producerName,
                producerVersion,
                domain,
                modelVersion,
                docString,
                graph,
                opsetImports,
                metadataProps,
                trainingInfo,
                functions,
                extras);
    }

    static ModelProto read(ProtoReader in) {
        List<OperatorSetIdProto> opsetImports = new ArrayList<>();
        List<StringStringEntryProto> metadataProps = new ArrayList<>();
        List<TrainingInfoProto> trainingInfo = new ArrayList<>();
        List<FunctionProto> functions = new ArrayList<>();
        GraphProto graph = null;
        String producerName = "";
        String producerVersion = "";
        String domain = "";
        String docString = "";
        long irVersion = 0;
        long modelVersion = 0;
        while (in.next()) {
            switch (in.field()) {
                case IR_VERSION -> irVersion = in.int64("ir_version");
                case PRODUCER_NAME -> producerName = in.string("producer_name");
                case PRODUCER_VERSION -> producerVersion = in.string("producer_version");
                case DOMAIN -> domain = in.string("domain");
                case MODEL_VERSION -> modelVersion = in.int64("model_version");
                case DOC_STRING -> docString = in.docString();
                case GRAPH -> graph = in.message("graph", graph, GraphProto::read);
                case OPSET_IMPORT -> in.addMessage("opset_import", opsetImports, OperatorSetIdProto::read);
                case METADATA_PROPS -> in.addMessage("metadata_props", metadataProps, StringStringEntryProto::read);
                case TRAINING_INFO -> in.addMessage("training_info", trainingInfo, TrainingInfoProto::read);
                case FUNCTIONS -> in.addMessage("functions", functions, FunctionProto::read);
                default -> in.unknown();
            }
        }
        if (graph == null) {
            throw in.misplaced("graph", "is missing: this is not an ONNX model");
        }
        return new ModelProto(
                irVersion,
                producerName,
                producerVersion,
                domain,
                modelVersion,
                docString,
                graph,
                opsetImports,
                metadataProps,
                trainingInfo,
                functions,
                in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(FUNCTIONS, functions, FunctionProto::write);
        out.messages(TRAINING_INFO, trainingInfo, TrainingInfoProto::write);
        out.messages(METADATA_PROPS, metadataProps, StringStringEntryProto::write);
        out.messages(OPSET_IMPORT, opsetImports, OperatorSetIdProto::write);
        out.message(GRAPH, graph, GraphProto::write);
        out.string(DOC_STRING, docString, extras);
        out.int64(MODEL_VERSION, modelVersion, extras);
        out.string(DOMAIN, domain, extras);
        out.string(PRODUCER_VERSION, producerVersion, extras);
        out.string(PRODUCER_NAME, producerName, extras);
        out.int64(IR_VERSION, irVersion, extras);
    }
}
