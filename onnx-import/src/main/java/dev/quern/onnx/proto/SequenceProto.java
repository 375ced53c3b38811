package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A sequence of values of one kind, as `onnx-data.proto` defines it for test data. The list of that kind holds the
/// elements; the others are empty.
///
/// @param elemType code of a [ValueKind]
public record SequenceProto(
        String name,
        int elemType,
        List<TensorProto> tensors,
        List<SparseTensorProto> sparseTensors,
        List<SequenceProto> sequences,
        List<MapProto> maps,
        List<OptionalProto> optionals,
        Extras extras) {
    private static final int NAME = 1;
    private static final int ELEM_TYPE = 2;
    private static final int TENSOR_VALUES = 3;
    private static final int SPARSE_TENSOR_VALUES = 4;
    private static final int SEQUENCE_VALUES = 5;
    private static final int MAP_VALUES = 6;
    private static final int OPTIONAL_VALUES = 7;

    /// Keeps unmodifiable copies of the lists.
    public SequenceProto {
        tensors = List.copyOf(tensors);
        sparseTensors = List.copyOf(sparseTensors);
        sequences = List.copyOf(sequences);
        maps = List.copyOf(maps);
        optionals = List.copyOf(optionals);
    }

    /// A sequence of tensors.
    public static SequenceProto ofTensors(String name, List<TensorProto> tensors) {
        return new SequenceProto(
                name, ValueKind.TENSOR.code(), tensors, List.of(), List.of(), List.of(), List.of(), Extras.NONE);
    }

    /// A sequence of maps.
    public static SequenceProto ofMaps(String name, List<MapProto> maps) {
        return new SequenceProto(
                name, ValueKind.MAP.code(), List.of(), List.of(), List.of(), maps, List.of(), Extras.NONE);
    }

    /// The kind of the elements; empty if the file does not say.
    public Optional<ValueKind> kind() {
        return ValueKind.ofCode(elemType);
    }

    static SequenceProto read(ProtoReader in) {
        List<TensorProto> tensors = new ArrayList<>();
        List<SparseTensorProto> sparseTensors = new ArrayList<>();
        List<SequenceProto> sequences = new ArrayList<>();
        List<MapProto> maps = new ArrayList<>();
        List<OptionalProto> optionals = new ArrayList<>();
        String name = "";
        int elemType = 0;
        while (in.next()) {
            switch (in.field()) {
                case NAME -> name = in.string("name");
                case ELEM_TYPE -> elemType = in.int32("elem_type");
                case TENSOR_VALUES -> in.addMessage("tensor_values", tensors, TensorProto::read);
                case SPARSE_TENSOR_VALUES ->
                    in.addMessage("sparse_tensor_values", sparseTensors, SparseTensorProto::read);
                case SEQUENCE_VALUES -> in.addMessage("sequence_values", sequences, SequenceProto::read);
                case MAP_VALUES -> in.addMessage("map_values", maps, MapProto::read);
                case OPTIONAL_VALUES -> in.addMessage("optional_values", optionals, OptionalProto::read);
                default -> in.unknown();
            }
        }
        return new SequenceProto(name, elemType, tensors, sparseTensors, sequences, maps, optionals, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(OPTIONAL_VALUES, optionals, OptionalProto::write);
        out.messages(MAP_VALUES, maps, MapProto::write);
        out.messages(SEQUENCE_VALUES, sequences, SequenceProto::write);
        out.messages(SPARSE_TENSOR_VALUES, sparseTensors, SparseTensorProto::write);
        out.messages(TENSOR_VALUES, tensors, TensorProto::write);
        out.int64(ELEM_TYPE, elemType, extras);
        out.string(NAME, name, extras);
    }
}
