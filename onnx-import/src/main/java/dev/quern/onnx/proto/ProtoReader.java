package dev.quern.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A cursor over the wire format of protobuf (<https://protobuf.dev/programming-guides/encoding/>) for untrusted bytes.
///
/// A message's reader is a loop: [#next()] moves to the next field of the current message, a typed method takes its
/// value, and [#unknown()] keeps what the message does not know. Every length is checked against what is left of the
/// enclosing message before anything is allocated, messages nest at most [#MAX_DEPTH] deep, and the records made may
/// fill only a part of the heap; what breaks a rule ends in a [MalformedProtoException] that names field and byte.
///
/// Stricter than protobuf-java in three points: a known field with another wire type is an error, not an unknown field;
/// a singular message may not come in two parts; groups are refused.
final class ProtoReader {
    static final int MAX_DEPTH = 100;

    /// Rough heap costs, so that a small file full of tiny messages cannot exhaust the heap.
    private static final int MESSAGE_COST = 200;

    private static final int VALUE_COST = 64;
    private static final int MAX_VARINT_BYTES = 10;
    private static final int MAX_FIELD = (1 << 29) - 1;

    private final ByteWindow data;
    private final String origin;
    private final long heapBudget;
    private long heapUsed;
    private Frame frame;
    private long position;
    private long tagStart;
    private int field;
    private int wireType;

    private ProtoReader(MemorySegment data, String origin) {
        this.data = new ByteWindow(data);
        this.origin = origin;
        this.heapBudget = Runtime.getRuntime().maxMemory() / 3;
        this.frame = new Frame(null, data.byteSize());
    }

    /// Reads all of `data` as one message.
    ///
    /// @param origin what to call the bytes in errors: the file's name
    static <T> T readAll(MemorySegment data, String origin, Function<ProtoReader, T> message) {
        return message.apply(new ProtoReader(data, origin));
    }

    /// Moves to the next field of the current message; false at its end.
    boolean next() {
        if (position == frame.end) {
            return false;
        }
        tagStart = position;
        leaf("tag", -1);
        long tag = varint();
        long number = tag >>> 3;
        if (number < 1 || number > MAX_FIELD) {
            throw fail("bad tag", tagStart, "field number " + Long.toUnsignedString(number) + " does not exist");
        }
        field = (int) number;
        wireType = (int) (tag & 7);
        return true;
    }

    /// The number of the field that [#next()] moved to.
    int field() {
        return field;
    }

    /// The current place in the message, for [#rewind(long)].
    long mark() {
        return position;
    }

    /// Goes back to a mark of the current message, as if nothing had been read since its beginning.
    void rewind(long mark) {
        position = mark;
        frame.forget();
    }

    /// Passes over the current field and keeps its bytes in the message's [#extras()].
    void unknown() {
        skip();
        keep();
    }

    /// Passes over the current field.
    void skip() {
        leaf("field " + field, -1);
        switch (wireType) {
            case WireType.VARINT -> varint();
            case WireType.FIXED64 -> take(Double.BYTES);
            case WireType.LENGTH_DELIMITED -> take(length());
            case WireType.FIXED32 -> take(Float.BYTES);
            default -> throw fail("bad wire type", tagStart, WireType.name(wireType) + " is not used by ONNX");
        }
    }

    /// What the message's records have no component for; call it at the message's end.
    Extras extras() {
        Bytes unknown = frame.unknown == null ? Bytes.EMPTY : frame.unknown.toBytes();
        return frame.explicit == 0 && frame.repacked == 0 && unknown.isEmpty()
                ? Extras.NONE
                : new Extras(frame.explicit, frame.repacked, unknown);
    }

    long int64(String name) {
        expect(name, -1, WireType.VARINT);
        long value = varint();
        noteDefault(value == 0);
        return value;
    }

    int int32(String name) {
        return (int) int64(name);
    }

    float float32(String name) {
        expect(name, -1, WireType.FIXED32);
        float value = Float.intBitsToFloat(fixed32(take(Float.BYTES)));
        noteDefault(Float.floatToRawIntBits(value) == 0);
        return value;
    }

    String string(String name) {
        String value = string(name, -1);
        noteDefault(value.isEmpty());
        return value;
    }

    /// Free text for people, which exporters fill with paths in any charset: what is not UTF-8 stays in
    /// [#extras()].
    String docString() {
        expect("doc_string", -1, WireType.LENGTH_DELIMITED);
        long length = length();
        long start = take(length);
        charge(VALUE_COST + length);
        String text = data.text(start, position);
        if (text == null) {
            keep();
            return "";
        }
        noteDefault(text.isEmpty());
        return text;
    }

    void addString(String name, List<String> values) {
        values.add(string(name, values.size()));
    }

    Bytes bytes(String name) {
        Bytes value = bytes(name, -1);
        noteDefault(value.isEmpty());
        return value;
    }

    void addBytes(String name, List<Bytes> values) {
        values.add(bytes(name, values.size()));
    }

    /// Reads a singular message; `previous` is what was read for it before, which must be nothing.
    <T> T message(String name, @Nullable T previous, Function<ProtoReader, T> message) {
        if (previous != null) {
            throw misplaced(name, "occurs a second time");
        }
        return message(name, -1, message);
    }

    <T> void addMessage(String name, List<T> values, Function<ProtoReader, T> message) {
        values.add(message(name, values.size(), message));
    }

    /// Adds one varint, or a packed run of them, to `values`.
    void varints(String name, SliceJoiner values, Packing declared) {
        notePacking(declared);
        if (wireType == WireType.LENGTH_DELIMITED) {
            leaf(name, -1);
            long start = take(length());
            checkVarints(start, position);
            values.add(start, position);
        } else {
            expect(name, -1, WireType.VARINT);
            do {
                long start = position;
                varint();
                values.add(start, position);
            } while (nextIsSameField());
        }
    }

    /// Adds one float, or a packed run of them, to `values`.
    void floats(String name, SliceJoiner values, Packing declared) {
        fixed(name, values, declared, WireType.FIXED32, Float.BYTES);
    }

    /// Adds one double, or a packed run of them, to `values`.
    void doubles(String name, SliceJoiner values, Packing declared) {
        fixed(name, values, declared, WireType.FIXED64, Double.BYTES);
    }

    /// An empty collector for [#varints], [#floats] and [#doubles].
    SliceJoiner joiner() {
        return new SliceJoiner(data);
    }

    /// The error for a field of the current message that is there, or is not, against the rules.
    MalformedProtoException misplaced(String name, String what) {
        leaf("", -1);
        return fail("wrong structure", position, name + " " + what);
    }

    private void fixed(String name, SliceJoiner values, Packing declared, int elementType, int elementBytes) {
        notePacking(declared);
        if (wireType == WireType.LENGTH_DELIMITED) {
            leaf(name, -1);
            long length = length();
            if (length % elementBytes != 0) {
                throw fail(
                        "bad length",
                        position,
                        length + " bytes are no whole number of elements of " + elementBytes + " bytes");
            }
            long start = take(length);
            values.add(start, position);
        } else {
            expect(name, -1, elementType);
            do {
                long start = take(elementBytes);
                values.add(start, position);
            } while (nextIsSameField());
        }
    }

    /// Moves past the next tag if it is that of the current field: expanded numbers come in long runs.
    private boolean nextIsSameField() {
        long end = position;
        if (end < frame.end && varint() == ((long) field << 3 | wireType)) {
            return true;
        }
        position = end;
        return false;
    }

    private int fixed32(long start) {
        return (data.at(start) & 0xFF)
                | (data.at(start + 1) & 0xFF) << 8
                | (data.at(start + 2) & 0xFF) << 16
                | data.at(start + 3) << 24;
    }

    private String string(String name, int index) {
        expect(name, index, WireType.LENGTH_DELIMITED);
        long length = length();
        long start = take(length);
        charge(VALUE_COST + length);
        String text = data.text(start, position);
        if (text == null) {
            throw fail("invalid UTF-8", start, "the " + length + " bytes are no text");
        }
        return text;
    }

    private Bytes bytes(String name, int index) {
        expect(name, index, WireType.LENGTH_DELIMITED);
        long length = length();
        long start = take(length);
        charge(VALUE_COST);
        return data.view(start, position);
    }

    private <T> T message(String name, int index, Function<ProtoReader, T> message) {
        expect(name, index, WireType.LENGTH_DELIMITED);
        long length = length();
        Frame outer = frame;
        if (outer.depth == MAX_DEPTH) {
            throw fail("nested too deeply", tagStart, "more than " + MAX_DEPTH + " messages inside each other");
        }
        if (length < 0 || length > outer.end - position) {
            throw truncated(length);
        }
        charge(MESSAGE_COST);
        frame = new Frame(outer, position + length);
        T value = message.apply(this);
        frame = outer;
        return value;
    }

    /// Keeps the bytes of the current field, which was just passed.
    private void keep() {
        if (frame.unknown == null) {
            frame.unknown = joiner();
        }
        frame.unknown.add(tagStart, position);
    }

    private void expect(String name, int index, int wanted) {
        leaf(name, index);
        if (wireType != wanted) {
            throw fail(
                    "wrong wire type",
                    tagStart,
                    "expected " + WireType.name(wanted) + ", found " + WireType.name(wireType));
        }
    }

    private void leaf(String name, int index) {
        frame.leaf = name;
        frame.leafIndex = index;
    }

    private void noteDefault(boolean isDefault) {
        if (isDefault) {
            frame.explicit |= 1L << field;
        }
    }

    private void notePacking(Packing declared) {
        if ((wireType == WireType.LENGTH_DELIMITED) != (declared == Packing.PACKED)) {
            frame.repacked |= 1L << field;
        }
    }

    private long length() {
        return varint();
    }

    /// Moves past `length` bytes and returns where they begin.
    private long take(long length) {
        if (length < 0 || length > frame.end - position) {
            throw truncated(length);
        }
        long start = position;
        position += length;
        return start;
    }

    private long varint() {
        long value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            if (position == frame.end) {
                throw fail("truncated", position, "a varint has no end");
            }
            byte next = data.at(position++);
            value |= (long) (next & 0x7F) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw fail("bad varint", position, "longer than " + MAX_VARINT_BYTES + " bytes");
    }

    private void checkVarints(long start, long end) {
        int run = 0;
        for (long at = start; at < end; at++) {
            run = data.at(at) < 0 ? run + 1 : 0;
            if (run == MAX_VARINT_BYTES) {
                throw fail("bad varint", at, "longer than " + MAX_VARINT_BYTES + " bytes");
            }
        }
        if (run > 0) {
            throw fail("truncated", end, "a varint has no end");
        }
    }

    private void charge(long bytes) {
        heapUsed += bytes;
        if (heapUsed > heapBudget) {
            throw fail("too large", position, "its parts would fill more than a third of the heap; raise -Xmx");
        }
    }

    private MalformedProtoException truncated(long announced) {
        return fail(
                "truncated",
                position,
                Long.toUnsignedString(announced) + " bytes announced, " + (frame.end - position) + " left");
    }

    private MalformedProtoException fail(String what, long at, String detail) {
        String path = frame.path();
        String where = path.isEmpty() ? "" : " in " + path;
        return new MalformedProtoException(origin + ": " + what + " at byte " + at + where + ": " + detail);
    }
}
