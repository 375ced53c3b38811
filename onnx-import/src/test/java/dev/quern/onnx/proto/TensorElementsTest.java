package dev.quern.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import onnx.OnnxMl;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Every element type in every storage form, as protobuf writes it; dims and data that do not agree.
class TensorElementsTest {
    private static final ExternalData NONE = ExternalData.none("test");

    /// A tensor in its typed field, and the same bytes as `raw_data`.
    record Stored(DataType type, OnnxMl.TensorProto typed, String rawHex) {
        @Override
        public String toString() {
            return type.toString();
        }
    }

    static Stream<Stored> storedBothWays() {
        return Stream.of(
                stored(
                        DataType.FLOAT,
                        2,
                        "0000803f000000c0",
                        t -> t.addFloatData(1).addFloatData(-2)),
                stored(
                        DataType.COMPLEX64,
                        1,
                        "0000803f000000c0",
                        t -> t.addFloatData(1).addFloatData(-2)),
                stored(DataType.DOUBLE, 1, "000000000000f03f", t -> t.addDoubleData(1)),
                stored(
                        DataType.COMPLEX128,
                        1,
                        "000000000000f03f00000000000000c0",
                        t -> t.addDoubleData(1).addDoubleData(-2)),
                stored(
                        DataType.INT64,
                        2,
                        "ffffffffffffffff0000000001000000",
                        t -> t.addInt64Data(-1).addInt64Data(1L << 32)),
                stored(DataType.UINT64, 1, "ffffffffffffffff", t -> t.addUint64Data(-1)),
                stored(DataType.UINT32, 1, "ffffffff", t -> t.addUint64Data(0xFFFFFFFFL)),
                stored(
                        DataType.INT32,
                        2,
                        "feffffff00010000",
                        t -> t.addInt32Data(-2).addInt32Data(256)),
                stored(DataType.INT16, 2, "feff0001", t -> t.addInt32Data(-2).addInt32Data(256)),
                stored(DataType.UINT16, 1, "ffff", t -> t.addInt32Data(0xFFFF)),
                stored(DataType.FLOAT16, 1, "003c", t -> t.addInt32Data(0x3C00)),
                stored(DataType.BFLOAT16, 1, "803f", t -> t.addInt32Data(0x3F80)),
                stored(DataType.INT8, 2, "80ff", t -> t.addInt32Data(-128).addInt32Data(-1)),
                stored(DataType.UINT8, 1, "ff", t -> t.addInt32Data(255)),
                stored(DataType.BOOL, 2, "0100", t -> t.addInt32Data(1).addInt32Data(0)),
                stored(DataType.FLOAT8E4M3FN, 1, "38", t -> t.addInt32Data(0x38)),
                stored(DataType.FLOAT8E4M3FNUZ, 1, "40", t -> t.addInt32Data(0x40)),
                stored(DataType.FLOAT8E5M2, 1, "3c", t -> t.addInt32Data(0x3C)),
                stored(DataType.FLOAT8E5M2FNUZ, 1, "40", t -> t.addInt32Data(0x40)),
                stored(DataType.FLOAT8E8M0, 1, "7f", t -> t.addInt32Data(127)),
                stored(DataType.UINT4, 3, "210f", t -> t.addInt32Data(0x21).addInt32Data(0x0F)),
                stored(DataType.INT4, 1, "08", t -> t.addInt32Data(0x08)),
                stored(DataType.FLOAT4E2M1, 2, "72", t -> t.addInt32Data(0x72)),
                stored(DataType.UINT2, 5, "e403", t -> t.addInt32Data(0xE4).addInt32Data(3)),
                stored(DataType.INT2, 4, "e4", t -> t.addInt32Data(0xE4)),
                stored(
                        DataType.FLOAT6E2M3,
                        5,
                        "c1fcfd3f",
                        t -> t.addInt32Data(1)
                                .addInt32Data(0x33)
                                .addInt32Data(0x1F)
                                .addInt32Data(0x3F)
                                .addInt32Data(0x3F)),
                stored(DataType.FLOAT6E3M2, 1, "3f", t -> t.addInt32Data(0x3F)));
    }

    @Test
    void everyTypeIsThere() {
        Set<DataType> stored = EnumSet.of(DataType.STRING);
        storedBothWays().forEach(row -> stored.add(row.type()));
        assertThat(stored).containsExactlyInAnyOrder(DataType.values());
    }

    @ParameterizedTest
    @MethodSource("storedBothWays")
    void typedFieldAndRawDataAreTheSame(Stored row) {
        OnnxMl.TensorProto raw = row.typed().toBuilder()
                .clearFloatData()
                .clearDoubleData()
                .clearInt32Data()
                .clearInt64Data()
                .clearUint64Data()
                .setRawData(ByteString.fromHex(row.rawHex()))
                .build();

        assertThat(hex(elements(row.typed()))).isEqualTo(row.rawHex());
        assertThat(hex(elements(raw))).isEqualTo(row.rawHex());
    }

    /// Decode, encode, decode.
    @ParameterizedTest
    @MethodSource("storedBothWays")
    void arraysThereAndBack(Stored row) {
        TensorElements elements = elements(row.typed());
        DataType type = row.type();
        long[] dims = elements.dims();
        TensorProto encoded = switch (type.carrier()) {
            case FLOATS -> TensorEncoder.encode("t", type, dims, elements.toFloats());
            case DOUBLES -> TensorEncoder.encode("t", type, dims, elements.toDoubles());
            case LONGS -> TensorEncoder.encode("t", type, dims, elements.toLongs());
            case INTS -> TensorEncoder.encode("t", type, dims, elements.toInts());
            case SHORTS -> TensorEncoder.encode("t", type, dims, elements.toShorts());
            case BYTES -> TensorEncoder.encode("t", type, dims, elements.toBytes());
            case STRINGS -> throw new AssertionError();
        };

        assertThat(hex(TensorElements.of(encoded, NONE))).isEqualTo(row.rawHex());
    }

    @Test
    void arraysHoldTheValues() {
        assertThat(elements(typed(DataType.FLOAT, 2)
                                .addFloatData(1)
                                .addFloatData(-2)
                                .build())
                        .toFloats())
                .containsExactly(1, -2);
        assertThat(elements(typed(DataType.INT64, 2)
                                .addInt64Data(-1)
                                .addInt64Data(5)
                                .build())
                        .toLongs())
                .containsExactly(-1, 5);
        assertThat(elements(typed(DataType.INT32, 1).addInt32Data(-7).build()).toInts())
                .containsExactly(-7);
        assertThat(elements(typed(DataType.FLOAT16, 1).addInt32Data(0xBC00).build())
                        .toShorts())
                .containsExactly((short) 0xBC00);
        assertThat(elements(typed(DataType.BOOL, 1).addInt32Data(1).build()).toBytes())
                .containsExactly(1);
        assertThat(elements(typed(DataType.DOUBLE, 1).addDoubleData(-0.5).build())
                        .toDoubles())
                .containsExactly(-0.5);
    }

    @Test
    void strings() {
        TensorElements strings = elements(typed(DataType.STRING, 2)
                .addStringData(ByteString.copyFromUtf8("é"))
                .addStringData(ByteString.EMPTY)
                .build());

        assertThat(strings.toStrings()).containsExactly("é", "");
        TensorProto encoded = TensorEncoder.encode("s", new long[] {2, 1}, new String[] {"é", ""});
        assertThat(TensorElements.of(encoded, NONE).strings()).isEqualTo(strings.strings());
    }

    @Test
    void scalarsAndEmptyTensors() {
        assertThat(TensorElements.of(encoded(new long[] {}, 7), NONE).count()).isEqualTo(1);
        assertThat(TensorElements.of(encoded(new long[] {0}), NONE).toFloats()).isEmpty();
        assertThat(TensorElements.of(encoded(new long[] {Long.MAX_VALUE, 0, Long.MAX_VALUE}), NONE)
                        .count())
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void announcedElementsThatAreNotThere(DataType type) {
        for (long huge : new long[] {1, 1L << 31, 1L << 62, Long.MAX_VALUE}) {
            TensorProto tensor = TensorProto.of("w", type, new long[] {huge}, TensorData.raw(Bytes.EMPTY));
            assertThatThrownBy(() -> TensorElements.of(tensor, NONE))
                    .isExactlyInstanceOf(MalformedProtoException.class)
                    .hasMessageStartingWith("tensor \"w\": ");
        }
    }

    @Test
    void sizesThatOverflow() {
        TensorProto tensor =
                TensorProto.of("w", DataType.INT8, new long[] {1L << 32, 1L << 32}, TensorData.raw(Bytes.EMPTY));
        assertThatThrownBy(() -> TensorElements.of(tensor, NONE))
                .isExactlyInstanceOf(MalformedProtoException.class)
                .hasMessage("tensor \"w\": dims [4294967296, 4294967296] of INT8 exceed 2^63 bytes");
    }

    @Test
    void dataThatDisagrees() {
        refused(typed(DataType.FLOAT, 2).setRawData(ByteString.fromHex("0000")))
                .hasMessage("tensor \"t\": FLOAT[2] needs 8 bytes, found 2");
        refused(typed(DataType.FLOAT, 2).addFloatData(1)).hasMessageContaining("needs 8 bytes, found 4");
        refused(typed(DataType.INT64, 2).addInt64Data(1).addInt64Data(2).addInt64Data(3))
                .hasMessage("tensor \"t\": INT64[2] needs 2 integers, found 3");
        refused(typed(DataType.STRING, 2).addStringData(ByteString.EMPTY)).hasMessageContaining("2 strings, found 1");
        refused(typed(DataType.INT8, -1)).hasMessage("tensor \"t\": dims [-1] must not be negative");
        refused(typed(DataType.FLOAT, 1).setDataType(77)).hasMessageContaining("element type 77 does not exist");
        refused(typed(DataType.FLOAT, 1).clearDataType()).hasMessageContaining("element type 0 does not exist");
    }

    @Test
    void theWrongArray() {
        TensorElements floats = TensorElements.of(encoded(new long[] {1}, 7), NONE);
        assertThatThrownBy(floats::toLongs)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("tensor \"t\" of FLOAT is read as FLOATS, not LONGS");
        assertThatThrownBy(() -> TensorEncoder.encode("t", DataType.INT64, new long[] {1}, new float[1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensor \"t\" of INT64 needs LONGS, not FLOATS");
        assertThatThrownBy(() -> encoded(new long[] {3}, 1, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensor \"t\" of FLOAT[3] needs 3 array elements, not 2");
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(OnnxMl.TensorProto.Builder tensor) {
        return assertThatThrownBy(() -> elements(tensor.build())).isExactlyInstanceOf(MalformedProtoException.class);
    }

    private static TensorProto encoded(long[] dims, float... elements) {
        return TensorEncoder.encode("t", DataType.FLOAT, dims, elements);
    }

    private static Stored stored(
            DataType type, long count, String rawHex, UnaryOperator<OnnxMl.TensorProto.Builder> fill) {
        return new Stored(type, fill.apply(typed(type, count)).build(), rawHex);
    }

    private static OnnxMl.TensorProto.Builder typed(DataType type, long count) {
        return OnnxMl.TensorProto.newBuilder()
                .setName("t")
                .setDataType(type.code())
                .addDims(count);
    }

    private static TensorElements elements(OnnxMl.TensorProto tensor) {
        return TensorElements.of(OnnxReader.readTensor(tensor.toByteArray(), "tensor"), NONE);
    }

    private static String hex(TensorElements elements) {
        return HexFormat.of().formatHex(Bytes.view(elements.bytes()).toArray());
    }
}
