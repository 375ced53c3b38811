package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.PairKernels;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/// Products of pairs of 16-bit integers (`vpmaddwd`), and the loop that widens bytes to them.
@SuppressWarnings("restricted") // made only where MachineCode says that native access is enabled
final class MachinePairs implements PairKernels {
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /// Linked when first called.
    private static final class Linked {
        /// The function of [WidenLoop], called as that of [TileLoop].
        static final MethodHandle WIDEN = Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, LONG, LONG, LONG, LONG),
                        Linker.Option.critical(true));
    }

    /// Bytes in one call, some microseconds' worth.
    private static final int MOST = 1 << 18;

    private static final int LOWEST = Byte.MIN_VALUE;

    /// Every zero point in all lanes of a register.
    private static final short[] ZEROS = new short[(256 - LOWEST) * WidenLoop.LANES];

    static {
        for (int i = 0; i < ZEROS.length; i++) {
            ZEROS[i] = (short) (LOWEST + i / WidenLoop.LANES);
        }
    }

    private final BlockKernel integers = new MachineBlockKernel(Arithmetic.PAIRS, false);
    private final BlockKernel floats = new MachineBlockKernel(Arithmetic.PAIRS_TO_FLOATS, false);
    private final MemorySegment signed = CodePages.executable(new WidenLoop(true).write());
    private final MemorySegment unsigned = CodePages.executable(new WidenLoop(false).write());

    @Override
    public BlockKernel integers() {
        return integers;
    }

    @Override
    public BlockKernel floats() {
        return floats;
    }

    @Override
    public int widen(byte[] from, int at, int count, boolean isSigned, int zero, float[] to, int toAt) {
        int done = 0;
        while (count - done >= WidenLoop.LANES) {
            int some = Math.min(MOST, count - done) / WidenLoop.LANES;
            call(isSigned ? signed : unsigned, from, at + done, some, zero, to, toAt + done / 2);
            done += some * WidenLoop.LANES;
        }
        return done;
    }

    private static void call(MemorySegment code, byte[] from, int at, int vectors, int zero, float[] to, int toAt) {
        Objects.checkFromIndexSize(at, vectors * WidenLoop.LANES, from.length);
        Objects.checkFromIndexSize(toAt, vectors * WidenLoop.LANES / 2, to.length);
        int zeroAt = Objects.checkIndex((zero - LOWEST) * WidenLoop.LANES, ZEROS.length);
        try {
            Linked.WIDEN.invokeExact(
                    code,
                    MemorySegment.ofArray(from),
                    MemorySegment.ofArray(to),
                    MemorySegment.ofArray(ZEROS),
                    (long) at,
                    (long) toAt * Float.BYTES,
                    (long) zeroAt * Short.BYTES,
                    (long) vectors);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
