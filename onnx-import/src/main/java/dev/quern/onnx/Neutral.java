package dev.quern.onnx;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import java.util.Optional;

/// Attributes that an opset does not have yet and that say what it does anyway: those with the default value that
/// later opsets gave them.
final class Neutral {
    private Neutral() {}

    static boolean isNeutral(Row row, AttributeProto attribute) {
        return Schemas.forms(row.domain(), row.name()).stream()
                .flatMap(s -> Optional.ofNullable(s.attributes().get(attribute.name())).stream())
                .findFirst()
                .flatMap(Schema.Attribute::standard)
                .filter(standard -> isSame(attribute.value(), standard))
                .isPresent();
    }

    private static boolean isSame(AttributeValue value, String standard) {
        return switch (value) {
            case AttributeValue.OfInt(long number) -> standard.equals(String.valueOf(number));
            case AttributeValue.OfString text -> standard.equals('"' + text.text() + '"');
            case AttributeValue.OfFloat(float number) -> Float.parseFloat(standard) == number;
            case AttributeValue.OfTensor _,
                    AttributeValue.OfGraph _,
                    AttributeValue.OfSparseTensor _,
                    AttributeValue.OfType _,
                    AttributeValue.OfFloats _,
                    AttributeValue.OfInts _,
                    AttributeValue.OfStrings _,
                    AttributeValue.OfTensors _,
                    AttributeValue.OfGraphs _,
                    AttributeValue.OfSparseTensors _,
                    AttributeValue.OfTypes _,
                    AttributeValue.Reference _,
                    AttributeValue.Unknown _ -> false;
        };
    }
}
