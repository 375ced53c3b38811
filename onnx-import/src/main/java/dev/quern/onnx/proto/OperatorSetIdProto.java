package dev.quern.onnx.proto;

/// The version of an operator set that a model or function uses.
///
/// @param domain the set's domain; empty for `ai.onnx`
/// @param version its version
public record OperatorSetIdProto(String domain, long version, Extras extras) {
    private static final int DOMAIN = 1;
    private static final int VERSION = 2;

    /// An import made in memory.
    public OperatorSetIdProto(String domain, long version) {
        this(domain, version, Extras.NONE);
    }

    static OperatorSetIdProto read(ProtoReader in) {
        String domain = "";
        long version = 0;
        while (in.next()) {
            switch (in.field()) {
                case DOMAIN -> domain = in.string("domain");
                case VERSION -> version = in.int64("version");
                default -> in.unknown();
            }
        }
        return new OperatorSetIdProto(domain, version, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.int64(VERSION, version, extras);
        out.string(DOMAIN, domain, extras);
    }
}
