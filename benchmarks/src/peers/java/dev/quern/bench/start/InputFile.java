package dev.quern.bench.start;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Inputs of a model as a file that a process reads without any engine.
final class InputFile {
    private InputFile() {}

    /// @param elements `float[]` or `long[]`
    record Input(long[] extents, Object elements) {}

    static void write(Path file, Map<String, Input> inputs) throws IOException {
        try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeInt(inputs.size());
            for (Map.Entry<String, Input> e : inputs.entrySet()) {
                out.writeUTF(e.getKey());
                longs(out, e.getValue().extents());
                switch (e.getValue().elements()) {
                    case float[] floats -> {
                        out.writeBoolean(true);
                        out.writeInt(floats.length);
                        for (float f : floats) {
                            out.writeFloat(f);
                        }
                    }
                    case long[] numbers -> {
                        out.writeBoolean(false);
                        longs(out, numbers);
                    }
                    default ->
                        throw new IllegalArgumentException(
                                "input " + e.getKey() + ": only floats and longs are compared");
                }
            }
        }
    }

    private static void longs(DataOutputStream out, long[] numbers) throws IOException {
        out.writeInt(numbers.length);
        for (long n : numbers) {
            out.writeLong(n);
        }
    }

    static Map<String, Input> read(Path file) throws IOException {
        Map<String, Input> inputs = new LinkedHashMap<>();
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                String name = in.readUTF();
                long[] extents = longs(in);
                if (in.readBoolean()) {
                    float[] floats = new float[in.readInt()];
                    for (int k = 0; k < floats.length; k++) {
                        floats[k] = in.readFloat();
                    }
                    inputs.put(name, new Input(extents, floats));
                } else {
                    inputs.put(name, new Input(extents, longs(in)));
                }
            }
        }
        return inputs;
    }

    private static long[] longs(DataInputStream in) throws IOException {
        long[] numbers = new long[in.readInt()];
        for (int k = 0; k < numbers.length; k++) {
            numbers[k] = in.readLong();
        }
        return numbers;
    }
}
