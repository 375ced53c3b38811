package dev.quern.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.List;
import onnx.OnnxMl;
import org.junit.jupiter.api.Test;

/// Each accessor returns the field that it is named after, as protobuf wrote it.
class RecordFieldsTest {
    @Test
    void model() {
        OnnxMl.ModelProto.Builder model = OnnxMl.ModelProto.newBuilder()
                .setIrVersion(9)
                .setProducerName("producer")
                .setProducerVersion("1.2")
                .setDomain("org.example")
                .setModelVersion(3)
                .setDocString("doc")
                .setGraph(OnnxMl.GraphProto.newBuilder().setName("main"));
        model.addOpsetImportBuilder().setDomain("ai.onnx.ml").setVersion(5);
        model.addMetadataPropsBuilder().setKey("key").setValue("value");
        model.addTrainingInfoBuilder().getAlgorithmBuilder().setName("step");
        model.addFunctionsBuilder()
                .setName("f")
                .setDomain("local")
                .addInput("a")
                .addOutput("b")
                .addAttribute("c");

        ModelProto read = OnnxReader.readModel(model.build().toByteArray(), "model");

        assertThat(read.irVersion()).isEqualTo(9);
        assertThat(read.producerName()).isEqualTo("producer");
        assertThat(read.producerVersion()).isEqualTo("1.2");
        assertThat(read.domain()).isEqualTo("org.example");
        assertThat(read.modelVersion()).isEqualTo(3);
        assertThat(read.docString()).isEqualTo("doc");
        assertThat(read.graph().name()).isEqualTo("main");
        assertThat(read.opsetImports()).containsExactly(new OperatorSetIdProto("ai.onnx.ml", 5));
        assertThat(read.metadataProps()).containsExactly(new StringStringEntryProto("key", "value"));
        assertThat(read.trainingInfo().getFirst().algorithm())
                .isEqualTo(GraphProto.of("step", List.of(), List.of(), List.of(), List.of()));
        FunctionProto function = read.functions().getFirst();
        assertThat(List.of(function.name(), function.domain())).containsExactly("f", "local");
        assertThat(function.inputs()).containsExactly("a");
        assertThat(function.outputs()).containsExactly("b");
        assertThat(function.attributes()).containsExactly("c");
    }

    @Test
    void graphAndNode() {
        OnnxMl.GraphProto.Builder graph =
                OnnxMl.GraphProto.newBuilder().setName("g").setDocString("doc");
        graph.addInitializerBuilder().setName("w");
        graph.addSparseInitializerBuilder().addDims(4).getValuesBuilder().setName("s");
        graph.addInputBuilder().setName("in");
        graph.addOutputBuilder().setName("out");
        graph.addValueInfoBuilder().setName("mid");
        graph.addQuantizationAnnotationBuilder().setTensorName("q");
        graph.addNodeBuilder()
                .addInput("a")
                .addInput("")
                .addOutput("b")
                .setName("n")
                .setOpType("Conv")
                .setDomain("d")
                .setOverload("o")
                .setDocString("node doc")
                .addAttribute(OnnxMl.AttributeProto.newBuilder()
                        .setName("group")
                        .setType(OnnxMl.AttributeProto.AttributeType.INT)
                        .setI(2));
        byte[] bytes = OnnxMl.ModelProto.newBuilder().setGraph(graph).build().toByteArray();

        GraphProto read = OnnxReader.readModel(bytes, "model").graph();

        assertThat(List.of(read.name(), read.docString())).containsExactly("g", "doc");
        assertThat(read.initializers()).extracting(TensorProto::name).containsExactly("w");
        assertThat(read.sparseInitializers())
                .extracting(SparseTensorProto::dims)
                .containsExactly(Varints.of(4));
        assertThat(read.inputs()).extracting(ValueInfoProto::name).containsExactly("in");
        assertThat(read.outputs()).extracting(ValueInfoProto::name).containsExactly("out");
        assertThat(read.valueInfo()).extracting(ValueInfoProto::name).containsExactly("mid");
        assertThat(read.quantizationAnnotation())
                .extracting(TensorAnnotation::tensorName)
                .containsExactly("q");
        NodeProto node = read.nodes().getFirst();
        assertThat(node.inputs()).containsExactly("a", "");
        assertThat(node.outputs()).containsExactly("b");
        assertThat(List.of(node.name(), node.opType(), node.domain(), node.overload(), node.docString()))
                .containsExactly("n", "Conv", "d", "o", "node doc");
        assertThat(node.attribute("group")).contains(AttributeProto.of("group", 2));
        assertThat(node.attribute("pads")).isEmpty();
    }

    @Test
    void types() {
        OnnxMl.TypeProto.Builder tensor = OnnxMl.TypeProto.newBuilder();
        tensor.getTensorTypeBuilder()
                .setElemType(1)
                .getShapeBuilder()
                .addDimBuilder()
                .setDimValue(3);
        tensor.getTensorTypeBuilder().getShapeBuilder().addDimBuilder().setDimParam("N");
        tensor.getTensorTypeBuilder().getShapeBuilder().addDimBuilder();
        OnnxMl.TypeProto.Builder map = OnnxMl.TypeProto.newBuilder();
        map.getMapTypeBuilder().setKeyType(8).setValueType(tensor);
        OnnxMl.TypeProto.Builder type = OnnxMl.TypeProto.newBuilder();
        type.getSequenceTypeBuilder().setElemType(map);
        byte[] bytes = OnnxMl.ModelProto.newBuilder()
                .setGraph(OnnxMl.GraphProto.newBuilder()
                        .addInput(OnnxMl.ValueInfoProto.newBuilder().setType(type)))
                .build()
                .toByteArray();

        TypeProto read =
                OnnxReader.readModel(bytes, "model").graph().inputs().getFirst().type();

        TensorShapeProto shape = TensorShapeProto.of(List.of(
                TensorShapeProto.Dimension.of(new TensorShapeProto.Extent.Fixed(3)),
                TensorShapeProto.Dimension.of(new TensorShapeProto.Extent.Symbol("N")),
                TensorShapeProto.Dimension.of(new TensorShapeProto.Extent.Unknown())));
        assertThat(read)
                .isEqualTo(TypeProto.sequence(TypeProto.map(DataType.STRING, TypeProto.tensor(DataType.FLOAT, shape))));
    }

    /// Every kind of attribute made in memory is what protobuf reads.
    @Test
    void attributes() throws Exception {
        TensorProto tensor = TensorEncoder.encode("t", DataType.FLOAT, new long[] {1}, new float[] {1});
        GraphProto body = GraphProto.of("body", List.of(), List.of(), List.of(), List.of());
        NodeProto node = NodeProto.of(
                "",
                "Op",
                "",
                List.of(),
                List.of(),
                List.of(
                        AttributeProto.of("f", 0f),
                        AttributeProto.of("i", 0),
                        AttributeProto.of("s", ""),
                        AttributeProto.of("t", tensor),
                        AttributeProto.of("g", body),
                        AttributeProto.ofFloats("fs", 1, -2.5f),
                        AttributeProto.ofInts("is", 5, -6),
                        AttributeProto.ofStrings("ss", List.of("é", "")),
                        AttributeProto.of("r", new AttributeValue.Reference("outer", AttributeType.INT.code()))));
        GraphProto graph = GraphProto.of("g", List.of(node), List.of(tensor), List.of(), List.of());
        ModelProto model = ModelProto.of(10, "quern", "0", graph, List.of(new OperatorSetIdProto("", 21)));

        OnnxMl.NodeProto parsed = OnnxMl.ModelProto.parseFrom(OnnxWriter.toBytes(model))
                .getGraph()
                .getNode(0);

        assertThat(parsed.getAttribute(0).hasF()).isTrue();
        assertThat(parsed.getAttribute(0).getType()).isEqualTo(OnnxMl.AttributeProto.AttributeType.FLOAT);
        assertThat(parsed.getAttribute(1).hasI()).isTrue();
        assertThat(parsed.getAttribute(2).hasS()).isTrue();
        assertThat(parsed.getAttribute(3).getT().getRawData()).isEqualTo(ByteString.fromHex("0000803f"));
        assertThat(parsed.getAttribute(4).getG().getName()).isEqualTo("body");
        assertThat(parsed.getAttribute(5).getFloatsList()).containsExactly(1f, -2.5f);
        assertThat(parsed.getAttribute(6).getIntsList()).containsExactly(5L, -6L);
        assertThat(parsed.getAttribute(7).getStringsList())
                .containsExactly(ByteString.copyFromUtf8("é"), ByteString.EMPTY);
        assertThat(parsed.getAttribute(8).getRefAttrName()).isEqualTo("outer");
        assertThat(parsed.getAttribute(8).getType()).isEqualTo(OnnxMl.AttributeProto.AttributeType.INT);
    }
}
