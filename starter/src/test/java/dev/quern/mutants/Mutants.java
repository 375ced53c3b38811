package dev.quern.mutants;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Seeded damage to models: flipped bits, other bytes, cut ends, bytes of the model in another place.
final class Mutants {
    private static final int WINDOW = 2_000;

    private final List<byte[]> models;

    Mutants(List<byte[]> models) {
        this.models = List.copyOf(models);
    }

    byte[] mutant(long seed) {
        Random random = new Random(seed * 0x9E37_79B9_7F4A_7C15L);
        byte[] mutant = models.get(random.nextInt(models.size())).clone();
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            mutant = damaged(mutant, random);
        }
        return mutant;
    }

    /// The structure is at both ends of most files, the weights in the middle.
    private static byte[] damaged(byte[] bytes, Random random) {
        int window = Math.min(bytes.length, WINDOW);
        int at = random.nextBoolean() ? random.nextInt(window) : bytes.length - 1 - random.nextInt(window);
        switch (random.nextInt(8)) {
            case 0 -> {
                return Arrays.copyOf(bytes, at + 1);
            }
            case 1 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(10)), (byte) 0xFF);
            case 2 -> {
                int from = random.nextInt(bytes.length);
                int length = Math.min(1 + random.nextInt(200), bytes.length - Math.max(at, from));
                System.arraycopy(bytes.clone(), from, bytes, at, length);
            }
            case 3 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            case 4, 5 -> bytes[at] = (byte) random.nextInt(256);
            // Small numbers: axes, types, counts.
            case 6 -> bytes[at] = (byte) random.nextInt(20);
            default -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }
}
