package dev.quern.onnx;

import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.MapProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.onnx.proto.OptionalProto;
import dev.quern.onnx.proto.SequenceProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.session.ModelException;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads the `.pb` files of ONNX test data: a TensorProto, SequenceProto, MapProto or OptionalProto, as the type of the
/// value says (the files themselves do not).
public final class OnnxData {
    private OnnxData() {}

    /// @param type the declared type of the value
    /// @throws ModelException where the file is missing or not of that type
    public static Datum read(Path file, Type type) {
        try {
            return switch (type) {
                case Type.TensorType ignored -> tensor(OnnxReader.readTensor(file));
                case Type.SequenceType s -> sequence(OnnxReader.readSequence(file), s);
                case Type.MapType m -> map(OnnxReader.readMap(file), m);
                case Type.OptionalType o -> optional(OnnxReader.readOptional(file), o);
            };
        } catch (IOException e) {
            throw new ModelException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static Datum tensor(TensorProto proto) {
        return OnnxTensors.decode(proto, ExternalData.none(proto.name()));
    }

    private static Datum sequence(SequenceProto proto, Type.SequenceType type) {
        List<Datum> values = new ArrayList<>();
        proto.tensors().forEach(t -> values.add(tensor(t)));
        for (SequenceProto s : proto.sequences()) {
            values.add(sequence(s, (Type.SequenceType) type.element()));
        }
        for (MapProto m : proto.maps()) {
            values.add(map(m, (Type.MapType) type.element()));
        }
        for (OptionalProto o : proto.optionals()) {
            values.add(optional(o, (Type.OptionalType) type.element()));
        }
        return new Datum.Sequence(type.element(), values);
    }

    private static Datum map(MapProto proto, Type.MapType type) {
        Map<Object, Datum> entries = new LinkedHashMap<>();
        List<Object> keys = new ArrayList<>();
        if (type.key() == DType.STRING) {
            proto.stringKeys().forEach(k -> keys.add(k.utf8()));
        } else {
            for (long k : proto.keys().toLongs()) {
                keys.add(k);
            }
        }
        List<Datum> values = values(proto);
        if (values.size() != keys.size()) {
            throw new ModelException("a map has " + keys.size() + " keys and " + values.size() + " values");
        }
        for (int i = 0; i < keys.size(); i++) {
            entries.put(keys.get(i), values.get(i));
        }
        return new Datum.Mapping(type.key(), type.value(), entries);
    }

    /// The values of a map: one tensor for each, or, as the data sets of ZipMap have it, one vector of all of them.
    private static List<Datum> values(MapProto proto) {
        List<Datum> values = new ArrayList<>();
        if (proto.values() != null) {
            proto.values().tensors().forEach(t -> values.add(tensor(t)));
        }
        if (values.size() == 1 && values.getFirst().asTensor().rank() == 1) {
            Tensor all = values.removeFirst().asTensor();
            for (int i = 0; i < all.length(); i++) {
                Tensor one = Tensor.zeros(all.dtype());
                one.elements().copy(0, all.elements(), i);
                values.add(one);
            }
        }
        return values;
    }

    private static Datum optional(OptionalProto proto, Type.OptionalType type) {
        Optional<Datum> value = Optional.empty();
        if (proto.tensor() != null) {
            value = Optional.of(tensor(proto.tensor()));
        } else if (proto.sequence() != null) {
            value = Optional.of(sequence(proto.sequence(), (Type.SequenceType) type.element()));
        }
        return new Datum.Maybe(type.element(), value);
    }
}
