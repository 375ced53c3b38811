package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads one attribute in two passes: the type, which comes late in the message, tells which field is the value.
final class AttributeReader {
    private final ProtoReader in;
    private String name = "";
    private String docString = "";
    private String reference = "";
    private int typeCode;
    private @Nullable AttributeType type;
    private @Nullable AttributeValue value;

    AttributeReader(ProtoReader in) {
        this.in = in;
    }

    AttributeProto read() {
        readType();
        AttributeValue value = type == null || !reference.isEmpty() ? noValue() : value(type);
        return new AttributeProto(name, value, docString, in.extras());
    }

    private void readType() {
        AttributeType first = null;
        long start = in.mark();
        while (in.next()) {
            switch (in.field()) {
                case AttributeProto.TYPE -> typeCode = in.int32("type");
                case AttributeProto.REF_ATTR_NAME -> reference = in.string("ref_attr_name");
                default -> {
                    if (first == null) {
                        first = AttributeType.ofField(in.field()).orElse(null);
                    }
                    in.skip();
                }
            }
        }
        in.rewind(start);
        type = typeCode == 0 ? first : AttributeType.ofCode(typeCode).orElse(null);
    }

    private AttributeValue noValue() {
        readFields(0, () -> {});
        return reference.isEmpty()
                ? new AttributeValue.Unknown(typeCode)
                : new AttributeValue.Reference(reference, typeCode);
    }

    private AttributeValue value(AttributeType known) {
        return switch (known) {
            case FLOAT ->
                scalar(known, () -> new AttributeValue.OfFloat(in.float32("f")), new AttributeValue.OfFloat(0));
            case INT -> scalar(known, () -> new AttributeValue.OfInt(in.int64("i")), new AttributeValue.OfInt(0));
            case STRING ->
                scalar(
                        known,
                        () -> new AttributeValue.OfString(in.bytes("s")),
                        new AttributeValue.OfString(Bytes.EMPTY));
            case TENSOR -> message(known, "t", TensorProto::read, AttributeValue.OfTensor::new);
            case GRAPH -> message(known, "g", GraphProto::read, AttributeValue.OfGraph::new);
            case SPARSE_TENSOR ->
                message(known, "sparse_tensor", SparseTensorProto::read, AttributeValue.OfSparseTensor::new);
            case TYPE_PROTO -> message(known, "tp", TypeProto::read, AttributeValue.OfType::new);
            case FLOATS ->
                new AttributeValue.OfFloats(
                        new Floats(numbers(known, values -> in.floats("floats", values, Packing.EXPANDED))));
            case INTS ->
                new AttributeValue.OfInts(
                        new Varints(numbers(known, values -> in.varints("ints", values, Packing.EXPANDED))));
            case STRINGS -> {
                List<Bytes> values = new ArrayList<>();
                readFields(known.field(), () -> in.addBytes("strings", values));
                yield new AttributeValue.OfStrings(values);
            }
            case TENSORS -> messages(known, "tensors", TensorProto::read, AttributeValue.OfTensors::new);
            case GRAPHS -> messages(known, "graphs", GraphProto::read, AttributeValue.OfGraphs::new);
            case SPARSE_TENSORS ->
                messages(known, "sparse_tensors", SparseTensorProto::read, AttributeValue.OfSparseTensors::new);
            case TYPE_PROTOS -> messages(known, "type_protos", TypeProto::read, AttributeValue.OfTypes::new);
        };
    }

    private AttributeValue scalar(AttributeType known, Supplier<AttributeValue> read, AttributeValue absent) {
        value = absent;
        readFields(known.field(), () -> value = read.get());
        return value;
    }

    private Bytes numbers(AttributeType known, Consumer<SliceJoiner> read) {
        SliceJoiner values = in.joiner();
        readFields(known.field(), () -> read.accept(values));
        return values.toBytes();
    }

    private <T> AttributeValue message(
            AttributeType known, String field, Function<ProtoReader, T> read, Function<T, AttributeValue> wrap) {
        readFields(known.field(), () -> value = in.message(field, value, read.andThen(wrap)));
        if (value == null) {
            throw in.misplaced(field, "is missing in an attribute of type " + known);
        }
        return value;
    }

    private <T> AttributeValue messages(
            AttributeType known, String field, Function<ProtoReader, T> read, Function<List<T>, AttributeValue> wrap) {
        List<T> values = new ArrayList<>();
        readFields(known.field(), () -> in.addMessage(field, values, read));
        return wrap.apply(values);
    }

    /// The second pass: `readValue` is called at each field of that number.
    private void readFields(int valueField, Runnable readValue) {
        while (in.next()) {
            switch (in.field()) {
                case AttributeProto.NAME -> name = in.string("name");
                case AttributeProto.DOC_STRING -> docString = in.docString();
                case AttributeProto.TYPE -> typeCode = in.int32("type");
                case AttributeProto.REF_ATTR_NAME -> reference = in.string("ref_attr_name");
                default -> {
                    if (in.field() == valueField) {
                        readValue.run();
                    } else {
                        in.unknown();
                    }
                }
            }
        }
    }
}
