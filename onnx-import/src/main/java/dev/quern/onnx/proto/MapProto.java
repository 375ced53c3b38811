package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A map, as `onnx-data.proto` defines it for test data: keys and values in the same order.
///
/// @param keyType code of a [DataType]: an integer type or STRING
/// @param keys the keys if they are integers
/// @param stringKeys the keys if they are strings
/// @param values the values; null in an empty map
public record MapProto(
        String name,
        int keyType,
        Varints keys,
        List<Bytes> stringKeys,
        @Nullable SequenceProto values,
        Extras extras) {
    private static final int NAME = 1;
    private static final int KEY_TYPE = 2;
    private static final int KEYS = 3;
    private static final int STRING_KEYS = 4;
    private static final int VALUES = 5;

    /// Keeps an unmodifiable copy of the list.
    public MapProto {
        stringKeys = List.copyOf(stringKeys);
    }

    static MapProto read(ProtoReader in) {
        SliceJoiner keys = in.joiner();
        List<Bytes> stringKeys = new ArrayList<>();
        SequenceProto values = null;
        String name = "";
        int keyType = 0;
        while (in.next()) {
            switch (in.field()) {
                case NAME -> name = in.string("name");
                case KEY_TYPE -> keyType = in.int32("key_type");
                case KEYS -> in.varints("keys", keys, Packing.EXPANDED);
                case STRING_KEYS -> in.addBytes("string_keys", stringKeys);
                case VALUES -> values = in.message("values", values, SequenceProto::read);
                default -> in.unknown();
            }
        }
        return new MapProto(name, keyType, new Varints(keys.toBytes()), stringKeys, values, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.message(VALUES, values, SequenceProto::write);
        out.bytesList(STRING_KEYS, stringKeys);
        out.varints(KEYS, keys, Packing.EXPANDED, extras);
        out.int64(KEY_TYPE, keyType, extras);
        out.string(NAME, name, extras);
    }
}
