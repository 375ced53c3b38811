package dev.quern.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import onnx.OnnxMl;
import org.junit.jupiter.api.Test;

/// Seeded damage to real models: each mutant is read, or refused with a typed error, within 100 ms of CPU time and
/// without allocating much more than it is long.
class LoaderFuzzTest {
    private static final int MUTANTS = 20_000;
    private static final long MAX_NANOS = 100_000_000;
    private static final long MAX_BYTES_PER_BYTE = 200;
    private static final long FREE_BYTES = 1 << 20;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final RandomGenerator random = new Random(20_260_101);

    @Test
    void mutantsAreReadOrRefused() {
        List<byte[]> models = smallModels();
        models.forEach(bytes -> OnnxReader.readModel(bytes, "warm up"));
        int refused = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutant(models.get(i % models.size()));
            if (!readWithinLimits(mutant, i)) {
                refused++;
            }
        }
        assertThat(refused).as("the damage is real, and not always fatal").isBetween(MUTANTS / 10, MUTANTS * 9 / 10);
    }

    /// What we write of an accepted file means the same to protobuf as the file.
    @Test
    void acceptedMutantsMeanTheSameToProtobuf() throws InvalidProtocolBufferException {
        List<byte[]> models = smallModels();
        int accepted = 0;
        for (int i = 0; i < 2_000; i++) {
            byte[] mutant = mutant(models.get(i % models.size()));
            ModelProto read;
            try {
                read = OnnxReader.readModel(mutant, "mutant");
            } catch (MalformedProtoException refused) {
                continue;
            }
            byte[] written = OnnxWriter.toBytes(read);
            OnnxMl.ModelProto expected;
            try {
                expected = OnnxMl.ModelProto.parseFrom(mutant);
            } catch (InvalidProtocolBufferException damaged) {
                // inside a field that our records keep without looking at it
                assertThatThrownBy(() -> OnnxMl.ModelProto.parseFrom(written))
                        .as("mutant %d", i)
                        .isInstanceOf(InvalidProtocolBufferException.class);
                continue;
            }
            if (attributesAreComplete(expected)) {
                accepted++;
                assertThat(OnnxMl.ModelProto.parseFrom(written))
                        .as("mutant %d", i)
                        .isEqualTo(expected);
            }
        }
        assertThat(accepted).isGreaterThan(200);
    }

    /// A type or a zero that an attribute leaves out is written by us: that difference is on purpose.
    private static boolean attributesAreComplete(Message message) {
        if (message instanceof OnnxMl.AttributeProto attribute && !isComplete(attribute)) {
            return false;
        }
        return message.getAllFields().values().stream()
                .flatMap(value -> value instanceof List<?> list ? list.stream() : Stream.of(value))
                .allMatch(value -> !(value instanceof Message inner) || attributesAreComplete(inner));
    }

    private static boolean isComplete(OnnxMl.AttributeProto attribute) {
        return switch (attribute.getType()) {
            case UNDEFINED -> false;
            case FLOAT -> attribute.hasF();
            case INT -> attribute.hasI();
            case STRING -> attribute.hasS();
            default -> true;
        };
    }

    private static List<byte[]> smallModels() {
        return Fixtures.models().stream()
                .map(Fixtures::bytes)
                .filter(bytes -> bytes.length < 100_000)
                .toList();
    }

    /// Tensors are decoded too, as the importer does it: external data, dims and lengths are part of the attack.
    private boolean readWithinLimits(byte[] mutant, int number) {
        long nanos = threads.getCurrentThreadCpuTime();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        boolean read = read(mutant);
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
        nanos = threads.getCurrentThreadCpuTime() - nanos;
        assertThat(nanos).as("CPU time of mutant %d", number).isLessThan(MAX_NANOS);
        assertThat(allocated)
                .as("allocation of mutant %d, %d bytes", number, mutant.length)
                .isLessThan(FREE_BYTES + MAX_BYTES_PER_BYTE * mutant.length);
        return read;
    }

    private static boolean read(byte[] mutant) {
        try {
            ExternalData external =
                    ExternalData.beside(Path.of("..", "fixtures", "models", "digits-mlp-external", "m"));
            for (TensorProto tensor :
                    OnnxReader.readModel(mutant, "mutant").graph().initializers()) {
                TensorElements.of(tensor, external);
            }
            return true;
        } catch (MalformedProtoException refused) {
            assertThat(refused.getMessage()).isNotBlank().doesNotContain("\n");
            return false;
        }
    }

    private byte[] mutant(byte[] model) {
        byte[] mutant = model.clone();
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            // the structure is at both ends of most files, the weights in the middle
            int window = Math.min(mutant.length, 2_000);
            int at = random.nextBoolean() ? random.nextInt(window) : mutant.length - 1 - random.nextInt(window);
            switch (random.nextInt(6)) {
                case 0 -> mutant = Arrays.copyOf(mutant, at + 1);
                case 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> mutant[at] = (byte) random.nextInt(256);
                case 3 -> Arrays.fill(mutant, at, Math.min(mutant.length, at + 1 + random.nextInt(10)), (byte) 0xFF);
                case 4 -> mutant = spliced(mutant, at, random.nextInt(mutant.length));
                default -> mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
            }
        }
        return mutant;
    }

    /// Some bytes of the model in another place: whole fields where they do not belong, repeated or missing.
    private byte[] spliced(byte[] bytes, int at, int from) {
        int length = Math.min(1 + random.nextInt(200), bytes.length - Math.max(at, from));
        byte[] result = bytes.clone();
        System.arraycopy(bytes, from, result, at, length);
        return result;
    }
}
