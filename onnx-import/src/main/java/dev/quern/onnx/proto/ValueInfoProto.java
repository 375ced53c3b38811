package dev.quern.onnx.proto;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The name and the declared type of a value.
///
/// @param type null if the file does not say
public record ValueInfoProto(
        String name,
        @Nullable TypeProto type,
        String docString,
        List<StringStringEntryProto> metadataProps,
        Extras extras) {
    private static final int NAME = 1;
    private static final int TYPE = 2;
    private static final int DOC_STRING = 3;
    private static final int METADATA_PROPS = 4;

    /// Keeps an unmodifiable copy of the list.
    public ValueInfoProto {
        metadataProps = List.copyOf(metadataProps);
    }

    /// A declaration made in memory.
    public static ValueInfoProto of(String name, TypeProto type) {
        return new ValueInfoProto(name, type, "", List.of(), Extras.NONE);
    }

    /// The same value under another name.
    public ValueInfoProto withName(String name) {
        return new ValueInfoProto(name, type, docString, metadataProps, extras);
    }

    /// The same value with another type.
    public ValueInfoProto withType(TypeProto type) {
        return new ValueInfoProto(name, type, docString, metadataProps, extras);
    }

    static ValueInfoProto read(ProtoReader in) {
        String name = "";
        TypeProto type = null;
        String docString = "";
        List<StringStringEntryProto> metadataProps = new ArrayList<>();
        while (in.next()) {
            switch (in.field()) {
                case NAME -> name = in.string("name");
                case TYPE -> type = in.message("type", type, TypeProto::read);
                case DOC_STRING -> docString = in.docString();
                case METADATA_PROPS -> in.addMessage("metadata_props", metadataProps, StringStringEntryProto::read);
                default -> in.unknown();
            }
        }
        return new ValueInfoProto(name, type, docString, metadataProps, in.extras());
    }

    void write(ProtoWriter out) {
        out.unknown(extras);
        out.messages(METADATA_PROPS, metadataProps, StringStringEntryProto::write);
        out.string(DOC_STRING, docString, extras);
        out.message(TYPE, type, TypeProto::write);
        out.string(NAME, name, extras);
    }
}
