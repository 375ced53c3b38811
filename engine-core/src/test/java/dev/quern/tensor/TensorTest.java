package dev.quern.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {

    @Test
    void ofCopiesAndWrapAliases() {
        float[] values = {1, 2, 3, 4};
        Tensor copy = Tensor.of(values, 2, 2);
        Tensor alias = Tensor.wrap(DType.F32, values, 2, 2);
        values[0] = 9;
        assertThat(copy.getFloat(0)).isEqualTo(1);
        assertThat(alias.getFloat(0)).isEqualTo(9);
        assertThat(alias.array()).isSameAs(values);
        assertThat(alias.toFloats()).containsExactly(9, 2, 3, 4).isNotSameAs(values);
        assertThat(alias.reshape(4).array()).isSameAs(values);
    }

    @Test
    void ofEveryJavaArray() {
        assertThat(Tensor.of(new double[] {1.5}, 1).type()).hasToString("f64[1]");
        assertThat(Tensor.of(new int[] {1, 2}, 2, 1).type()).hasToString("i32[2,1]");
        assertThat(Tensor.of(new long[] {7}).type()).hasToString("i64[]");
        assertThat(Tensor.of(new String[] {"a", "b"}, 2).toStrings()).containsExactly("a", "b");
        assertThat(Tensor.of(new boolean[] {true, false}, 2).toLongs()).containsExactly(1, 0);
        assertThat(Tensor.scalar(DType.BF16, 3.0).getDouble(0)).isEqualTo(3);
        assertThat(Tensor.scalar(DType.U8, 255L).toDoubles()).containsExactly(255);
        assertThat(Tensor.zeros(DType.F16, 2, 3).length()).isEqualTo(6);
    }

    @Test
    void buffersAreCopiedFromTheirPositionAndLeftThere() {
        FloatBuffer direct =
                ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).asFloatBuffer();
        direct.put(new float[] {1, 2, 3, 4}).position(1);
        assertThat(Tensor.of(direct, 3).toFloats()).containsExactly(2, 3, 4);
        assertThat(direct.position()).isEqualTo(1);
        assertThat(Tensor.of(DoubleBuffer.wrap(new double[] {1, 2}), 2).toDoubles())
                .containsExactly(1, 2);
        assertThat(Tensor.of(IntBuffer.wrap(new int[] {1, 2}, 1, 1), 1).toLongs())
                .containsExactly(2);
        assertThat(Tensor.of(LongBuffer.wrap(new long[] {1, 2}), 1, 2).toLongs())
                .containsExactly(1, 2);
        assertThatThrownBy(() -> Tensor.of(direct, 4)).hasMessage("f32[4] needs 4 elements, not 3");
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"STRING", "C64", "C128"})
    void memoryInAndOut(DType type) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.zeros(type, 2, 3);
            for (int i = 0; i < 6; i++) {
                tensor.elements().set(i, (long) i % 2);
            }
            // off by one byte: elements need not be aligned
            MemorySegment memory = arena.allocate(6L * type.bytes() + 1).asSlice(1);
            tensor.copyTo(memory);
            assertThat(Tensor.of(memory, type, 2, 3).sameAs(tensor)).isTrue();
            assertThatThrownBy(() -> Tensor.of(memory, type, 7))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage(type + "[7] needs " + 7 * type.bytes() + " bytes, not " + 6 * type.bytes());
        }
    }

    @Test
    void memoryIsLittleEndian() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[] {1, 2, 0, 0});
        assertThat(Tensor.of(bytes, DType.I32, 1).getLong(0)).isEqualTo(0x201);
        assertThat(Tensor.of(bytes, DType.BOOL, 4).toLongs()).containsExactly(1, 1, 0, 0);
        Tensor.scalar(DType.I32, 5L).copyTo(bytes);
        assertThat(bytes.toArray(ValueLayout.JAVA_BYTE)).containsExactly(5, 0, 0, 0);
        assertThatThrownBy(() -> Tensor.zeros(DType.STRING, 1).copyTo(bytes)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> Tensor.of(bytes, DType.STRING, 1)).isInstanceOf(ShapeException.class);
    }

    @Test
    void checksSizeAndClass() {
        assertThatThrownBy(() -> Tensor.of(new float[5], 2, 3))
                .isInstanceOf(ShapeException.class)
                .hasMessage("f32[2,3] needs 6 elements, not 5");
        assertThatThrownBy(() -> Tensor.wrap(DType.F64, new float[1], 1)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> Tensor.of(new float[4], 4).reshape(3)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> Tensor.zeros(DType.F32, 1L << 40)).isInstanceOf(ShapeException.class);
        assertThat(Tensor.zeros(DType.F32, 0, 1L << 20).length()).isZero();
    }

    @Test
    void comparesBits() {
        Tensor nan = Tensor.of(new float[] {Float.NaN, -0f}, 2);
        assertThat(nan.sameAs(Tensor.of(new float[] {Float.NaN, -0f}, 2))).isTrue();
        assertThat(nan.sameAs(Tensor.of(new float[] {Float.NaN, 0f}, 2))).isFalse();
        assertThat(nan.sameAs(Tensor.of(new float[] {Float.NaN, -0f}, 1, 2))).isFalse();
        assertThat(Tensor.zeros(DType.I32, 1).sameAs(Tensor.zeros(DType.U32, 1)))
                .isFalse();
    }

    @Test
    void prints() {
        assertThat(Tensor.of(new float[] {1, 2.5f}, 2)).hasToString("f32[2] 1.0 2.5");
        assertThat(Tensor.of(new String[] {"a"}, 1)).hasToString("string[1] \"a\"");
        assertThat(Tensor.zeros(DType.I64, 9)).hasToString("i64[9] 0 0 0 0 0 0 0 0 …");
        assertThat(Tensor.scalar(DType.U64, -1L)).hasToString("u64[] 18446744073709551615");
    }

    @Test
    void otherValues() {
        Datum.Mapping row =
                new Datum.Mapping(DType.STRING, Type.tensor(DType.F32), Map.of("cat", Tensor.scalar(DType.F32, 0.25)));
        Datum.Sequence rows = new Datum.Sequence(row.type(), List.of(row));
        assertThat(rows.type()).hasToString("seq(map(string,f32[]))");
        assertThat(rows.asMaps()).containsExactly(Map.of("cat", 0.25));
        assertThat(new Datum.Maybe(row.type(), Optional.empty()).type()).hasToString("optional(map(string,f32[]))");
        assertThatThrownBy(rows::asTensor).hasMessage("a tensor is needed, not a value of type seq(map(string,f32[]))");
        assertThatThrownBy(() -> Tensor.zeros(DType.F32, 1).asMaps())
                .hasMessage("a sequence of maps is needed, not a value of type f32[1]");
    }

    @Test
    void ofAnyType() {
        assertThat(Tensor.of(DType.F8E4M3FN, new double[] {0.3, -500, 448}, 3))
                .hasToString("f8e4m3fn[3] 0.3125 NaN 448.0");
        assertThat(Tensor.of(DType.I4, new double[] {-8, 7.9, 3}, 3)).hasToString("i4[3] -8 7 3");
        assertThat(Tensor.of(DType.U2, new double[] {3})).hasToString("u2[] 3");
    }

    @Test
    void smallElementsTakeAByteEach() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[] {0x0F, 0x17, (byte) 0xF8});
        Tensor t = Tensor.of(bytes, DType.I4, 3);
        assertThat(t.toLongs()).containsExactly(-1, 7, -8);
        MemorySegment back = MemorySegment.ofArray(new byte[3]);
        t.copyTo(back);
        assertThat(Tensor.of(back, DType.I4, 3).sameAs(t)).isTrue();
    }
}
