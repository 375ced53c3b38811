package dev.quern.gpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the machine code of functions needs, read from the `.nv.info` section of an ELF file as NVIDIA's tools do.
final class Cubin {
    private static final int REGISTER_COUNT = 0x2f;
    private static final int FRAME_SIZE = 0x11;
    private static final int TWO_WORDS = 0x04;

    private final ByteBuffer file;
    private final Map<String, Integer> sections = new LinkedHashMap<>();

    /// @param registers of a thread
    /// @param localBytes of a thread: arrays and spilled registers
    record Needs(int registers, int localBytes) {}

    private Cubin(byte[] bytes) {
        this.file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int count = file.getShort(60);
        int names = (int) at(file.getShort(62), 24);
        for (int i = 0; i < count; i++) {
            sections.put(text(names + (int) word(i, 0)), i);
        }
    }

    /// The needs of each function, by name.
    static Map<String, Needs> needs(byte[] bytes) {
        return new Cubin(bytes).needs();
    }

    private long header(int section) {
        return file.getLong(40) + (long) section * file.getShort(58);
    }

    private long word(int section, int offset) {
        return file.getInt((int) header(section) + offset) & 0xFFFF_FFFFL;
    }

    private long at(int section, int offset) {
        return file.getLong((int) header(section) + offset);
    }

    private String text(int from) {
        int end = from;
        while (file.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - from];
        file.get(from, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private Map<String, Needs> needs() {
        Map<String, Needs> needs = new LinkedHashMap<>();
        int info = sections.get(".nv.info");
        int symbols = (int) at(sections.get(".symtab"), 24);
        int names = (int) at(sections.get(".strtab"), 24);
        int end = (int) (at(info, 24) + at(info, 32));
        for (int i = (int) at(info, 24); i < end; ) {
            int format = file.get(i);
            int attribute = file.get(i + 1) & 0xFF;
            if (format != TWO_WORDS) {
                i += 4;
                continue;
            }
            if (attribute == REGISTER_COUNT || attribute == FRAME_SIZE) {
                int symbol = file.getInt(i + 4);
                int value = file.getInt(i + 8);
                String name = text(names + file.getInt(symbols + 24 * symbol));
                Needs old = needs.getOrDefault(name, new Needs(0, 0));
                needs.put(
                        name,
                        attribute == REGISTER_COUNT
                                ? new Needs(value, old.localBytes())
                                : new Needs(old.registers(), value));
            }
            i += 4 + (file.getShort(i + 2) & 0xFFFF);
        }
        return needs;
    }
}
