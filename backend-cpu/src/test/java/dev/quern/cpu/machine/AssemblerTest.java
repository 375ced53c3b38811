package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Jump;
import dev.quern.cpu.machine.Assembler.Label;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Every instruction, byte for byte, against what the GNU assembler made of the same text (`assembler.txt`, written by
/// `tools/assembler/record`).
class AssemblerTest {
    private static final Map<String, Consumer<Assembler>> CASES = cases();

    private static Map<String, Consumer<Assembler>> cases() {
        Map<String, Consumer<Assembler>> cases = new LinkedHashMap<>();
        Register[] all = Register.values();
        for (int number = 0; number < all.length; number++) {
            int v = number;
            Register to = all[number];
            Register from = all[(number * 7 + 3) % 16];
            cases.put("mov " + name(to) + ", " + name(from), a -> a.move(to, from));
            cases.put("add " + name(to) + ", " + name(from), a -> a.add(to, from));
            cases.put("test " + name(to) + ", " + name(to), a -> a.test(to));
            cases.put("xor " + name(to) + ", " + name(to), a -> a.clear(to));
            cases.put("and " + name(to) + ", -32", a -> a.and(to, -32));
            Address distance = Address.of(from, 8);
            cases.put("movsxd " + name(to) + ", " + qualified("DWORD", distance), a -> a.loadInt(to, distance));
            cases.put("prefetcht1 " + qualified("BYTE", distance), a -> a.prefetch(distance));
            Address row = new Address(to, from == Register.RSP ? null : from, 1, 16 * v);
            cases.put("prefetcht1 " + qualified("BYTE", row), a -> a.prefetch(row));
            cases.put("push " + name(to), a -> a.push(to));
            cases.put("pop " + name(to), a -> a.pop(to));
            cases.put("imul " + name(to) + ", " + name(from) + ", -6", a -> a.multiply(to, from, -6));
            for (int value : new int[] {1, -128, 128, 70000}) {
                cases.put("add " + name(to) + ", " + value, a -> a.add(to, value));
                cases.put("sub " + name(to) + ", " + value, a -> a.subtract(to, value));
            }
            for (Register index : new Register[] {null, Register.RAX, Register.RBP, Register.R12, Register.R15}) {
                for (int offset : new int[] {0, 127, -128, 128, -4096}) {
                    int scale = 1 << (offset & 3) % 3 + (index == Register.RBP ? 1 : 0);
                    Address at = new Address(to, index, index == null ? 1 : scale, offset);
                    cases.put("mov " + name(from) + ", " + qualified("QWORD", at), a -> a.load(from, at));
                    cases.put("add " + name(from) + ", " + qualified("QWORD", at), a -> a.add(from, at));
                    int w = (v * 5 + offset) & 15;
                    cases.put("vmovups ymm" + w + ", " + qualified("YMMWORD", at), a -> a.loadVector(w, at));
                    cases.put("vmovups " + qualified("YMMWORD", at) + ", ymm" + w, a -> a.storeVector(at, w));
                    cases.put("vbroadcastss ymm" + w + ", " + qualified("DWORD", at), a -> a.broadcast(w, at));
                }
            }
            Address far = new Address(to, Register.RDX, 8, 8 * v);
            cases.put("vmovss DWORD PTR [" + name(to) + " + 4], xmm" + v, a -> a.storeFirst(Address.of(to, 4), v));
            cases.put("vperm2f128 ymm" + v + ", ymm" + (v ^ 9) + ", ymm" + (v ^ 9) + ", 1", a -> a.swap(v, v ^ 9, 4));
            cases.put("vpermilps ymm" + v + ", ymm" + (v ^ 9) + ", 0x4e", a -> a.swap(v, v ^ 9, 2));
            cases.put("vpermilps ymm" + v + ", ymm" + (v ^ 9) + ", 0xb1", a -> a.swap(v, v ^ 9, 1));
            cases.put("mov " + qualified("QWORD", far) + ", " + name(from), a -> a.store(far, from));
            cases.put("sub " + qualified("QWORD", far) + ", 1", a -> a.subtract(far, 1));
            cases.put("vxorps ymm" + v + ", ymm" + v + ", ymm" + v, a -> a.zero(v));
            cases.put("vcvtdq2ps ymm" + v + ", ymm" + (v ^ 9), a -> a.toFloats(v, v ^ 9));
            Address bytes = new Address(to, Register.RCX, 2, 16 * v);
            cases.put("vpmovsxbw ymm" + v + ", " + qualified("XMMWORD", bytes), a -> a.widen(v, bytes, true));
            cases.put("vpmovzxbw ymm" + v + ", " + qualified("XMMWORD", bytes), a -> a.widen(v, bytes, false));
            Address some = new Address(to, v % 2 == 0 ? null : Register.R9, 1, 8 * v);
            String someBytes = qualified("QWORD", some);
            cases.put("vpmovsxbd ymm" + v + ", " + someBytes, a -> a.loadBytes(v, some, true));
            cases.put("vpmovzxbd ymm" + v + ", " + someBytes, a -> a.loadBytes(v, some, false));
            String ofByte = "vpbroadcastb ymm" + v + ", " + qualified("BYTE", some) + "; ";
            cases.put(ofByte + "vpsrad ymm" + v + ", ymm" + v + ", 24", a -> a.broadcastByte(v, some, true));
            cases.put(ofByte + "vpsrld ymm" + v + ", ymm" + v + ", 24", a -> a.broadcastByte(v, some, false));
            int free = v ^ 9;
            String packed =
                    "vextracti128 xmm" + free + ", ymm" + v + ", 1; vpackssdw ymm" + free + ", ymm" + v + ", ymm"
                            + free + "; vpack%swb ymm" + free + ", ymm" + free + ", ymm" + free + "; vmovq " + someBytes
                            + ", xmm" + free;
            cases.put(packed.formatted("ss"), a -> a.storeBytes(some, v, free, true));
            cases.put(packed.formatted("us"), a -> a.storeBytes(some, v, free, false));
            cases.put("movzx " + name(from) + ", " + qualified("BYTE", some), a -> a.loadByte(from, some));
            String low = "mov " + qualified("BYTE", some) + ", " + lowest(from);
            cases.put(low, a -> a.storeByte(some, from));
            Address half = new Address(to, v % 2 == 0 ? null : Register.R9, v % 2 == 0 ? 1 : 2, 16 * v);
            cases.put("vmovups xmm" + v + ", " + qualified("XMMWORD", half), a -> a.loadHalf(v, half));
            String inserted = "vinsertf128 ymm" + v + ", ymm" + v + ", " + qualified("XMMWORD", half) + ", 1";
            cases.put(inserted, a -> a.insertHalf(v, half));
            for (int x : new int[] {2, 13}) {
                cases.put("vmovaps ymm" + v + ", ymm" + x, a -> a.moveVector(v, x));
                for (int y : new int[] {7, 8}) {
                    String operands = " ymm" + v + ", ymm" + x + ", ymm" + y;
                    cases.put("vaddps" + operands, a -> a.add(v, x, y));
                    cases.put("vmaxps" + operands, a -> a.max(v, x, y));
                    cases.put("vcmpunordps" + operands, a -> a.unordered(v, x, y));
                    cases.put("vblendvps" + operands + ", ymm" + (x ^ 5), a -> a.blend(v, x, y, x ^ 5));
                    String text = "vfmadd231ps ymm" + v + ", ymm" + x + ", ymm" + y;
                    cases.put(text, a -> a.fma(v, x, y));
                    cases.put("vunpcklps" + operands, a -> a.interleave(v, x, y, 1, false));
                    cases.put("vunpckhps" + operands, a -> a.interleave(v, x, y, 1, true));
                    cases.put("vunpcklpd" + operands, a -> a.interleave(v, x, y, 2, false));
                    cases.put("vunpckhpd" + operands, a -> a.interleave(v, x, y, 2, true));
                    cases.put("vpmaddwd" + operands, a -> a.multiplyPairs(v, x, y));
                    cases.put("vpaddd" + operands, a -> a.addIntegers(v, x, y));
                    cases.put("vpsubw" + operands, a -> a.subtractShorts(v, x, y));
                }
            }
        }
        for (VectorOp op : VectorOp.values()) {
            for (int v : new int[] {0, 6, 11}) {
                instruction(cases, op, v, v ^ 5, 13 - v);
            }
        }
        for (Insn.Direction direction : Insn.Direction.values()) {
            for (int v : new int[] {1, 14}) {
                String text = direction.mnemonic + " ymm" + v + ", ymm" + (v ^ 9) + ", 23";
                cases.put(text, a -> a.shift(direction, v, v ^ 9, 23));
            }
        }
        Address slot = new Address(Register.R10, Register.RAX, 1, 64);
        cases.put("vmaskmovps ymm3, ymm15, " + qualified("YMMWORD", slot), a -> a.loadSome(3, 15, slot));
        cases.put("vmaskmovps " + qualified("YMMWORD", slot) + ", ymm15, ymm9", a -> a.storeSome(slot, 15, 9));
        cases.put("vblendvps ymm4, ymm11, " + qualified("YMMWORD", slot) + ", ymm7", a -> a.blend(4, 11, slot, 7));
        putWide(cases);
        cases.put("vzeroupper", Assembler::endVectors);
        cases.put("ret", Assembler::ret);
        cases.put("1: sub rcx, 1; jne 1b", a -> back(a, 1, Condition.NOT_ZERO));
        cases.put("1: .rept 31; sub rcx, 1; .endr; jge 1b", a -> back(a, 31, Condition.AT_LEAST));
        cases.put("1: .rept 32; sub rcx, 1; .endr; jge 1b", a -> back(a, 32, Condition.AT_LEAST));
        cases.put("jl 1f; .skip 300, 0xc3; 1: ret", a -> ahead(a, a.jumpAhead(Condition.LESS)));
        cases.put("je 1f; .skip 300, 0xc3; 1: ret", a -> ahead(a, a.jumpAhead(Condition.ZERO)));
        cases.put("jmp 1f; .skip 300, 0xc3; 1: ret", a -> ahead(a, a.jumpAhead()));
        return cases;
    }

    private static void instruction(Map<String, Consumer<Assembler>> cases, VectorOp op, int to, int x, int y) {
        Address place = Address.of(Register.RDI, 32 * y);
        String start = op.mnemonic + " ymm" + to + (op.isUnary() ? "" : ", ymm" + x) + ", ";
        String end = op.isNumbered() ? ", 17" : "";
        cases.put(start + "ymm" + y + end, a -> a.apply(op, to, x, y, 17));
        cases.put(start + qualified("YMMWORD", place) + end, a -> a.apply(op, to, x, place, 17));
    }

    /// Comparisons go through a mask register, and the bits of floats are taken as those of integers.
    private static void wideInstruction(Map<String, Consumer<Assembler>> cases, VectorOp op, int to, int x, int y) {
        Address place = Address.of(Register.RDI, 64 * y);
        String name = switch (op) {
            case AND -> "vpandd";
            case AND_NOT -> "vpandnd";
            case OR -> "vpord";
            case XOR -> "vpxord";
            case ROUND -> "vrndscaleps";
            default -> op.mnemonic;
        };
        String start = name + (op.compares() ? " k1" : " zmm" + to) + (op.isUnary() ? "" : ", zmm" + x) + ", ";
        String end = (op.isNumbered() ? ", 17" : "") + (op.compares() ? "; vpmovm2d zmm" + to + ", k1" : "");
        cases.put(start + "zmm" + y + end, a -> a.apply(op, to, x, y, 17));
        cases.put(start + qualified("ZMMWORD", place) + end, a -> a.apply(op, to, x, place, 17));
    }

    /// What is written with vectors of 512 bits: registers to 31, and offsets that count vectors where they fit.
    private static void putWide(Map<String, Consumer<Assembler>> cases) {
        Register[] all = Register.values();
        for (int v : new int[] {0, 5, 7, 8, 12, 15, 16, 20, 21, 24, 31}) {
            Register base = all[v % 16];
            for (Register index : new Register[] {null, Register.RAX, Register.R12}) {
                for (int offset : new int[] {0, 4, 64, 100, 8128, 8192, -8192, -8256, 508, 512}) {
                    Address at = new Address(base, index, index == null ? 1 : 4, offset);
                    cases.put("vmovups zmm" + v + ", " + qualified("ZMMWORD", at), a -> a.loadVector(v, at));
                    cases.put("vmovups " + qualified("ZMMWORD", at) + ", zmm" + v, a -> a.storeVector(at, v));
                    cases.put("vbroadcastss zmm" + v + ", " + qualified("DWORD", at), a -> a.broadcast(v, at));
                }
            }
            Address slot = new Address(base, Register.RAX, 1, 128);
            for (VectorOp op : VectorOp.values()) {
                wideInstruction(cases, op, v, v ^ 5, 31 - v);
            }
            for (Insn.Direction direction : Insn.Direction.values()) {
                String text = direction.mnemonic + " zmm" + v + ", zmm" + (v ^ 9) + ", 23";
                cases.put(text, a -> a.shift(direction, v, v ^ 9, 23));
            }
            String bytes = qualified("XMMWORD", slot);
            cases.put("vpmovsxbd zmm" + v + ", " + bytes, a -> a.loadBytes(v, slot, true));
            cases.put("vpmovzxbd zmm" + v + ", " + bytes, a -> a.loadBytes(v, slot, false));
            cases.put("vpmovdb " + bytes + ", zmm" + v, a -> a.storeBytes(slot, v, 0, true));
            String ofByte = "vpbroadcastb zmm" + v + ", " + qualified("BYTE", slot) + "; vpsrld zmm";
            cases.put(ofByte + v + ", zmm" + v + ", 24", a -> a.broadcastByte(v, slot, false));
            String same = "zmm" + (v ^ 9) + ", zmm" + (v ^ 9);
            cases.put("vshuff32x4 zmm" + v + ", " + same + ", 0x4e", a -> a.swap(v, v ^ 9, 8));
            cases.put("vshuff32x4 zmm" + v + ", " + same + ", 0xb1", a -> a.swap(v, v ^ 9, 4));
            cases.put("vpermilps zmm" + v + ", zmm" + (v ^ 9) + ", 0xb1", a -> a.swap(v, v ^ 9, 1));
            String mask = "vpmovd2m k1, zmm" + (v ^ 3) + "; ";
            String place = qualified("ZMMWORD", slot);
            cases.put(mask + "vmovups zmm" + v + "{k1}{z}, " + place, a -> a.loadSome(v, v ^ 3, slot));
            cases.put(mask + "vmovups " + place + "{k1}, zmm" + v, a -> a.storeSome(slot, v ^ 3, v));
            String blend = mask + "vblendmps zmm" + v + "{k1}, zmm" + (v ^ 6) + ", ";
            cases.put(blend + "zmm" + (v ^ 17), a -> a.blend(v, v ^ 6, v ^ 17, v ^ 3));
            cases.put(blend + place, a -> a.blend(v, v ^ 6, slot, v ^ 3));
            cases.put("vpxord zmm" + v + ", zmm" + v + ", zmm" + v, a -> a.zero(v));
            cases.put("vcvtdq2ps zmm" + v + ", zmm" + (v ^ 25), a -> a.toFloats(v, v ^ 25));
            for (int x : new int[] {2, 13, 22, 27}) {
                cases.put("vmovaps zmm" + v + ", zmm" + x, a -> a.moveVector(v, x));
                int y = x * 3 + v & 31;
                String operands = " zmm" + v + ", zmm" + x + ", zmm" + y;
                cases.put("vaddps" + operands, a -> a.add(v, x, y));
                cases.put("vmaxps" + operands, a -> a.max(v, x, y));
                cases.put("vfmadd231ps" + operands, a -> a.fma(v, x, y));
                cases.put("vpmaddwd" + operands, a -> a.multiplyPairs(v, x, y));
                cases.put("vpdpwssd" + operands, a -> a.sumPairs(v, x, y));
                cases.put("vpaddd" + operands, a -> a.addIntegers(v, x, y));
                cases.put("vpsubw" + operands, a -> a.subtractShorts(v, x, y));
            }
        }
    }

    private static void back(Assembler a, int steps, Condition condition) {
        Label start = a.here();
        for (int i = 0; i < steps; i++) {
            a.subtract(Register.RCX, 1);
        }
        a.jumpBack(condition, start);
    }

    private static void ahead(Assembler a, Jump jump) {
        for (int i = 0; i < 300; i++) {
            a.ret();
        }
        a.land(jump);
        a.ret();
    }

    private static String name(Register r) {
        return r.name().toLowerCase(java.util.Locale.ROOT);
    }

    /// The register's lowest byte.
    private static String lowest(Register r) {
        return switch (r) {
            case RAX, RBX, RCX, RDX -> name(r).charAt(1) + "l";
            case RSP, RBP, RSI, RDI -> name(r).substring(1) + "l";
            default -> name(r) + "b";
        };
    }

    private static String qualified(String size, Address at) {
        String index = at.index() == null ? "" : " + " + name(at.index()) + "*" + at.scale();
        String offset = at.offset() < 0 ? " - " + -at.offset() : at.offset() == 0 ? "" : " + " + at.offset();
        return size + " PTR [" + name(at.base()) + index + offset + "]";
    }

    private static Map<String, String> recorded() throws IOException {
        Map<String, String> recorded = new LinkedHashMap<>();
        try (InputStream in = Objects.requireNonNull(AssemblerTest.class.getResourceAsStream("assembler.txt"))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                int tab = line.indexOf('\t');
                recorded.put(line.substring(tab + 1), line.substring(0, tab));
            }
        }
        return recorded;
    }

    @Test
    void whatTheSetLacksIsNotWritten() {
        Assembler wide = new Assembler(VectorSet.AVX512);
        assertThatThrownBy(() -> wide.sumPairs(0, 1, 2)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void bytesAreThoseOfTheGnuAssembler() throws IOException {
        Map<String, String> recorded = recorded();
        assertThat(recorded.keySet()).isEqualTo(CASES.keySet());
        CASES.forEach((text, emit) -> {
            Assembler assembler = new Assembler(text.contains("zmm") ? VectorSet.AVX512_VNNI : VectorSet.AVX2);
            emit.accept(assembler);
            assertThat(HexFormat.of().formatHex(assembler.bytes())).as(text).isEqualTo(recorded.get(text));
        });
    }
}
