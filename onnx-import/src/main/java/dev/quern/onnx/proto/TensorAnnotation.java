package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;

/// How a value is quantised: names of the tensors that hold its scale and zero point.
public record TensorAnnotation(
        String tensorName, List<StringStringEntryProto> quantParameterTensorNames, Extras extras) {
    private static final int TENSOR_NAME = 1;
    private static final int QUANT_PARAMETER_TENSOR_NAMES = 2;

    /// Keeps an unmodifiable copy of the list.
    public TensorAnnotation {
        quantParameterTensorNames = List.copyOf(quantParameterTensorNames);
    }

    static TensorAnnotation read(ProtoReader in) {
        String tensorName = "";
        List<StringStringEntryProto> names = new ArrayList<>();
        while (in.next()) {
            switch (in.field()) {
                case TENSOR_NAME -> tensorName = in.string("tensor_name");
                case QUANT_PARAMETER_TENSOR_NAMES ->
                    in.addMessage("quant_parameter_tensor_names", names, StringStringEntryProto::read);
                default -> in.unknown();
            }
        }
        return new TensorAnnotation(tensorName, names, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(QUANT_PARAMETER_TENSOR_NAMES, quantParameterTensorNames, StringStringEntryProto::write);
        out.string(TENSOR_NAME, tensorName, extras);
    }
}
