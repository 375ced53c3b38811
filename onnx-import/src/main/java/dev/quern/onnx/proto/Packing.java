package dev.quern.onnx.proto;

/// How onnx.proto declares a repeated number: one length for all (`[packed = true]`), or a tag for each.
enum Packing {
    PACKED,
    EXPANDED;

    /// Whether to write `field` packed, given how the file that it came from had it.
    boolean isPacked(int field, Extras extras) {
        return (this == PACKED) != extras.isRepacked(field);
    }
}
