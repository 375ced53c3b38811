package dev.quern.onnx.proto;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import onnx.OnnxMl;

/// Fills messages of any type by their descriptors: every field, absent, default or not, and some that no schema knows.
/// An attribute has a type and only the value of that type, as every exporter writes it. Deprecated segments are
/// left out.
final class RandomMessages {
    private static final int DEEPEST = 7;
    private static final int UNKNOWN_FIELD = 300;

    private final RandomGenerator random;

    RandomMessages(long seed) {
        random = new Random(seed);
    }

    /// A message of the builder's type.
    Message fill(Message.Builder builder) {
        return fill(builder, 0);
    }

    private Message fill(Message.Builder builder, int depth) {
        List<FieldDescriptor> fields = builder.getDescriptorForType().getFields();
        for (FieldDescriptor field : fields) {
            boolean wanted =
                    random.nextInt(depth < 2 ? 2 : 4) == 0 && !field.getName().equals("segment");
            if (wanted && (depth < DEEPEST || field.getJavaType() != FieldDescriptor.JavaType.MESSAGE)) {
                set(builder, field, depth);
            }
        }
        if (builder instanceof OnnxMl.AttributeProto.Builder attribute) {
            keepOneValue(attribute, depth);
        }
        if (random.nextInt(8) == 0) {
            builder.setUnknownFields(UnknownFieldSet.newBuilder()
                    .addField(
                            UNKNOWN_FIELD,
                            UnknownFieldSet.Field.newBuilder()
                                    .addVarint(random.nextLong())
                                    .addFixed32(random.nextInt())
                                    .addFixed64(random.nextLong())
                                    .addLengthDelimited(ByteString.copyFrom(bytes()))
                                    .build())
                    .build());
        }
        return builder.build();
    }

    private void keepOneValue(OnnxMl.AttributeProto.Builder attribute, int depth) {
        for (AttributeType type : AttributeType.values()) {
            attribute.clearField(attribute.getDescriptorForType().findFieldByNumber(type.field()));
        }
        AttributeType[] types = AttributeType.values();
        AttributeType type = depth < DEEPEST ? types[random.nextInt(types.length)] : AttributeType.INT;
        attribute.setType(OnnxMl.AttributeProto.AttributeType.forNumber(type.code()));
        if (attribute.getRefAttrName().isEmpty()) {
            set(attribute, attribute.getDescriptorForType().findFieldByNumber(type.field()), depth);
        }
    }

    private void set(Message.Builder builder, FieldDescriptor field, int depth) {
        if (field.isRepeated()) {
            for (int left = random.nextInt(4); left > 0; left--) {
                builder.addRepeatedField(field, value(builder, field, depth));
            }
        } else {
            builder.setField(field, value(builder, field, depth));
        }
    }

    private Object value(Message.Builder builder, FieldDescriptor field, int depth) {
        return switch (field.getJavaType()) {
            case INT -> random.nextBoolean() ? random.nextInt(-2, 3) : random.nextInt();
            case LONG -> random.nextBoolean() ? random.nextLong(-2, 3) : random.nextLong();
            case FLOAT -> random.nextBoolean() ? 0f : random.nextFloat();
            case DOUBLE -> random.nextBoolean() ? -0.0 : random.nextDouble();
            case BOOLEAN -> random.nextBoolean();
            case STRING -> random.nextBoolean() ? "" : "text é 漢 " + random.nextInt(100);
            case BYTE_STRING -> ByteString.copyFrom(bytes());
            case ENUM ->
                field.getEnumType()
                        .getValues()
                        .get(random.nextInt(field.getEnumType().getValues().size()));
            case MESSAGE -> fill(builder.newBuilderForField(field), depth + 1);
        };
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(10) == 0 ? 5000 : random.nextInt(5)];
        random.nextBytes(bytes);
        return bytes;
    }
}
