package dev.quern.onnx.proto;

/// A key and its value: metadata, external data, quantisation parameters.
public record StringStringEntryProto(String key, String value, Extras extras) {
    private static final int KEY = 1;
    private static final int VALUE = 2;

    /// An entry made in memory.
    public StringStringEntryProto(String key, String value) {
        this(key, value, Extras.NONE);
    }

    static StringStringEntryProto read(ProtoReader in) {
        String key = "";
        String value = "";
        while (in.next()) {
            switch (in.field()) {
                case KEY -> key = in.string("key");
                case VALUE -> value = in.string("value");
                default -> in.unknown();
            }
        }
        return new StringStringEntryProto(key, value, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.string(VALUE, value, extras);
        out.string(KEY, key, extras);
    }
}
