package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedBytesTest {

    /// The standard's examples: the first element is in the lowest bits.
    @Test
    void theFirstElementIsLowest() {
        assertThat(PackedBytes.pack(new byte[] {3, -2, 7}, DType.I4)).containsExactly((byte) 0xE3, 0x07);
        assertThat(PackedBytes.unpack(new byte[] {(byte) 0xE3, 0x07}, DType.I4, 3))
                .containsExactly(3, -2, 7);
        assertThat(PackedBytes.unpack(new byte[] {(byte) 0xE3, 0x07}, DType.U4, 3))
                .containsExactly(3, 14, 7);
        assertThat(PackedBytes.pack(new byte[] {0, 1, -2, -1, 1}, DType.I2)).containsExactly((byte) 0xE4, 0x01);
        assertThat(PackedBytes.unpack(new byte[] {(byte) 0xE4, 0x01}, DType.U2, 5))
                .containsExactly(0, 1, 2, 3, 1);
        assertThat(PackedBytes.pack(new byte[] {0x3F, 0, 1, 0x20}, DType.F6E2M3))
                .containsExactly(0x3F, 0x10, (byte) 0x80);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 7, 8, 63})
    void fileAndBack(int n) {
        Random random = new Random(n);
        for (DType type : DType.values()) {
            if (type.bytes() != 1 || type == DType.BOOL) {
                continue;
            }
            byte[] elements = new byte[n];
            for (int i = 0; i < n; i++) {
                int code = random.nextInt(1 << type.bits());
                elements[i] = (byte) (type.isSigned() ? code - (1 << (type.bits() - 1)) : code);
            }
            Tensor tensor = Tensor.wrap(type, elements, n);
            TensorProto proto = OnnxTensors.encode("t", tensor);
            assertThat(proto.data().rawData().size()).isEqualTo((n * type.bits() + 7) / 8);
            Tensor back = OnnxTensors.decode(proto, ExternalData.none("t"));
            assertThat(back.sameAs(tensor)).as("%s", type).isTrue();
        }
    }
}
