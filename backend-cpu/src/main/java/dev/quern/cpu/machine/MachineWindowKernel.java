package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.Ending;
import dev.quern.cpu.window.ChannelBlocks;
import dev.quern.cpu.window.Fold;
import dev.quern.cpu.window.SlidingWindow;
import dev.quern.cpu.window.Taps;
import dev.quern.cpu.window.WindowKernel;
import dev.quern.expr.Expr;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The machine-code form of sliding windows: of vectors of 256 bits also where there are wider ones.
@SuppressWarnings("restricted") // made only where MachineCode says that native access is enabled
public final class MachineWindowKernel implements WindowKernel {
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    /// In place of the number of a half block of channels.
    private static final int WHOLE = -1;

    private static final int POSITIONS = 4;
    private static final int VECTORS = 2;
    private static final long FLOAT = Float.BYTES;

    /// Elements met in one call: it holds off the garbage collector, so it is to last at most 0.1 ms.
    private static final long MOST_WORK = 500_000;

    /// What is passed for weights and constants where there are none.
    private static final float[] NONE = new float[1];

    private static final int[] NO_CONSTANTS = new int[1];

    /// The function of [WindowLoop]. It blocks on nothing and calls nothing back, hence *critical*.
    private static final MethodHandle WINDOWS = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG,
                            LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG),
                    Linker.Option.critical(true));

    /// The functions without an ending.
    private final Map<Fold, Functions> functions = new EnumMap<>(Fold.class);

    private final MachineEndings endings = new MachineEndings(VectorSet.AVX2, WindowLoop.FREE);

    /// The functions of a fold and an ending written so far. Two threads may write the same one; either will do.
    static final class Functions {
        private final Fold fold;
        private final @Nullable MachineEnding ending;
        private final @Nullable MemorySegment[] known = new MemorySegment[POSITIONS * VECTORS];

        Functions(Fold fold, @Nullable MachineEnding ending) {
            this.fold = fold;
            this.ending = ending;
        }

        MemorySegment function(int positions, int vectors) {
            int number = (positions - 1) * VECTORS + vectors - 1;
            MemorySegment found = known[number];
            if (found == null) {
                found = CodePages.executable(new WindowLoop(fold, positions, vectors, ending).write());
                known[number] = found;
            }
            return found;
        }
    }

    /// @throws UnsupportedOperationException where there is an [obstacle][MachineCode#obstacle()]
    public MachineWindowKernel() {
        MachineCode.obstacle().ifPresent(why -> {
            throw new UnsupportedOperationException(why);
        });
        for (Fold fold : Fold.values()) {
            functions.put(fold, new Functions(fold, null));
        }
    }

    @Override
    public Optional<Ending> ending(Expr expr, List<Ending.Operand> operands) {
        boolean fits = operands.size() <= 1 && operands.stream().allMatch(o -> o == Ending.Operand.COLUMN);
        return fits ? endings.of(expr, operands) : Optional.empty();
    }

    @Override
    public void slide(
            SlidingWindow window,
            float[] x,
            int at,
            Taps taps,
            int count,
            float[] y,
            int yAt,
            int yStep,
            float[] operand) {
        window.check(x, at, taps, count, y, yAt, yStep, operand);
        int channels = window.channels();
        long most = MOST_WORK / ((long) taps.rows() * taps.columns() * channels * POSITIONS);
        int mostTiles = Math.clamp(most, 1, Integer.MAX_VALUE / POSITIONS);
        for (int done = 0; done < count; ) {
            int positions = Math.min(POSITIONS, count - done);
            int tiles = Math.min(mostTiles, (count - done) / positions);
            int from = at + done * window.step();
            int to = yAt + done * yStep;
            if (ChannelBlocks.whole(channels) > 0) {
                blocks(window, taps, positions, tiles, x, from, y, to, yStep, operand, WHOLE);
            }
            for (int half = 0; half < ChannelBlocks.halves(channels); half++) {
                blocks(window, taps, positions, tiles, x, from, y, to, yStep, operand, half);
            }
            done += tiles * positions;
        }
    }

    /// @param half which half block of channels, or [#WHOLE] for all whole ones
    private void blocks(
            SlidingWindow window,
            Taps taps,
            int positions,
            int tiles,
            float[] x,
            int xAt,
            float[] y,
            int yAt,
            int yStep,
            float[] operand,
            int half) {
        MachineEnding ending = (MachineEnding) window.ending();
        Functions code = Objects.requireNonNull(ending == null ? functions.get(window.fold()) : ending.windows());
        boolean weighted = window.fold() == Fold.WEIGHTED;
        int whole = ChannelBlocks.whole(window.channels());
        int vectors = half == WHOLE ? VECTORS : 1;
        int count = half == WHOLE ? whole : 1;
        int channel = half == WHOLE ? 0 : ChannelBlocks.half(window.channels(), half);
        int weightsAt = half == WHOLE ? 0 : (whole * VECTORS + half) * ChannelBlocks.HALF * window.taps();
        long block = vectors * (long) ChannelBlocks.HALF;
        try {
            WINDOWS.invokeExact(
                    code.function(positions, vectors),
                    MemorySegment.ofArray(x),
                    MemorySegment.ofArray(y),
                    MemorySegment.ofArray(weighted ? window.weights() : NONE),
                    MemorySegment.ofArray(ending == null ? NO_CONSTANTS : ending.constants()),
                    MemorySegment.ofArray(operand),
                    ((long) xAt + channel) * FLOAT,
                    ((long) yAt + channel) * FLOAT,
                    (weightsAt + taps.first() * block) * FLOAT,
                    ((long) window.operandAt() + channel) * FLOAT,
                    (long) taps.rows(),
                    (long) taps.columns(),
                    (taps.rowStep() - (long) taps.columns() * taps.columnStep()) * FLOAT,
                    taps.columnStep() * FLOAT,
                    (window.columns() - taps.columns()) * block * FLOAT,
                    (block - (long) taps.rows() * taps.rowStep()) * FLOAT,
                    ((long) window.taps() - (long) taps.rows() * window.columns()) * block * FLOAT,
                    window.step() * FLOAT,
                    yStep * FLOAT,
                    (long) count,
                    (positions * (long) window.step() - count * block) * FLOAT,
                    (positions * (long) yStep - count * block) * FLOAT,
                    (long) tiles,
                    Float.floatToRawIntBits(window.fold().start()) & 0xFFFFFFFFL);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
