package dev.quern.onnx.proto;

import java.util.List;

/// Where the elements of a tensor stand: in `rawData` if there is any, else in the field for the element type, else in
/// another file. A sane file uses one of them; [TensorElements] is strict about it.
///
/// @param floatData FLOAT and COMPLEX64
/// @param int32Data INT32 and everything narrower (16-bit and 8-bit floats by their bits, 4-bit and 2-bit elements
///     packed into bytes)
/// @param stringData STRING
/// @param int64Data INT64
/// @param rawData little-endian elements of any type but STRING: a window on the file, not a copy
/// @param doubleData DOUBLE and COMPLEX128
/// @param uint64Data UINT64 and UINT32
/// @param externalData the entries `location`, `offset` and `length` of elements in another file
/// @param dataLocation 1 if the elements are in another file
public record TensorData(
        Floats floatData,
        Varints int32Data,
        List<Bytes> stringData,
        Varints int64Data,
        Bytes rawData,
        Doubles doubleData,
        Varints uint64Data,
        List<StringStringEntryProto> externalData,
        int dataLocation) {
    private static final int EXTERNAL = 1;

    /// Keeps unmodifiable copies of the lists.
    public TensorData {
        stringData = List.copyOf(stringData);
        externalData = List.copyOf(externalData);
    }

    /// Little-endian elements, not copied.
    public static TensorData raw(Bytes elements) {
        return of(elements, List.of(), List.of(), 0);
    }

    /// Strings, as their UTF-8 bytes.
    public static TensorData strings(List<Bytes> elements) {
        return of(Bytes.EMPTY, elements, List.of(), 0);
    }

    /// Elements in another file.
    ///
    /// @param location path relative to the model's folder, with `/` between names
    /// @param offset the first byte; multiples of 4096 are kind to whoever maps the file
    /// @param length the number of bytes
    public static TensorData external(String location, long offset, long length) {
        List<StringStringEntryProto> entries = List.of(
                new StringStringEntryProto("location", location),
                new StringStringEntryProto("offset", Long.toString(offset)),
                new StringStringEntryProto("length", Long.toString(length)));
        return of(Bytes.EMPTY, List.of(), entries, EXTERNAL);
    }

    /// Whether the elements are in another file.
    public boolean isExternal() {
        return dataLocation == EXTERNAL;
    }

    private static TensorData of(
            Bytes raw, List<Bytes> strings, List<StringStringEntryProto> externalData, int dataLocation) {
        return new TensorData(
                Floats.EMPTY,
                Varints.EMPTY,
                strings,
                Varints.EMPTY,
                raw,
                Doubles.EMPTY,
                Varints.EMPTY,
                externalData,
                dataLocation);
    }
}
