package dev.quern.onnx.proto;

/// What a file said that a record's plain components cannot hold. Carrying it along makes "read, change one thing,
/// write" leave everything else byte for byte as it was.
///
/// @param explicit bit `n`: field `n` was written although it has its default value (0 or empty)
/// @param repacked bit `n`: the repeated numbers of field `n` were packed where onnx.proto expands them, or the reverse
/// @param unknown the fields that these records do not know, with their tags, in file order
public record Extras(long explicit, long repacked, Bytes unknown) {
    /// Nothing unusual: what a record made in memory has.
    public static final Extras NONE = new Extras(0, 0, Bytes.EMPTY);

    /// The same without the note that a field was explicit: its value is new.
    Extras without(int field) {
        return isExplicit(field) ? new Extras(explicit & ~(1L << field), repacked, unknown) : this;
    }

    boolean isExplicit(int field) {
        return (explicit & (1L << field)) != 0;
    }

    boolean isRepacked(int field) {
        return (repacked & (1L << field)) != 0;
    }
}
