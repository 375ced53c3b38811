package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.Gathering;
import dev.quern.cpu.window.Fold;
import dev.quern.cpu.window.WindowKernel;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The machine-code form of sliding windows.
@SuppressWarnings("restricted") // made only where MachineCode says that native access is enabled
public final class MachineWindowKernel implements WindowKernel {
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final int LANES = VectorSet.AVX2.lanes();
    private static final int POSITIONS = 4;
    private static final int VECTORS = 2;
    private static final long FLOAT = Float.BYTES;

    /// Elements met in one call: it holds off the garbage collector, so it is to last at most 0.1 ms.
    private static final long MOST_WORK = 500_000;

    /// What is passed for weights where there are none.
    private static final float[] NO_WEIGHTS = new float[LANES * VECTORS];

    /// The function of [WindowLoop]. It blocks on nothing and calls nothing back, hence *critical*.
    private static final MethodHandle WINDOWS = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ADDRESS, ADDRESS, ADDRESS, ADDRESS, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG,
                            LONG),
                    Linker.Option.critical(true));

    /// The functions written so far, by fold, width, positions and vectors. Two threads may write the same one; either
    /// will do.
    private final Map<Fold, @Nullable MemorySegment[]> functions = new EnumMap<>(Fold.class);

    private final VectorSet widest = MachineCode.vectors();

    /// @throws UnsupportedOperationException where there is an [obstacle][MachineCode#obstacle()]
    public MachineWindowKernel() {
        MachineCode.obstacle().ifPresent(why -> {
            throw new UnsupportedOperationException(why);
        });
        for (Fold fold : Fold.values()) {
            functions.put(fold, new MemorySegment[2 * 2 * VECTORS]);
        }
    }

    private MemorySegment function(Fold fold, int positions, int vectors, VectorSet set) {
        int number = (set.isWide() ? 4 : 0) + (positions == 1 ? 0 : 2) + (vectors == 1 ? 0 : 1);
        @Nullable MemorySegment[] ofFold = Objects.requireNonNull(functions.get(fold));
        MemorySegment known = ofFold[number];
        if (known == null) {
            known = CodePages.executable(new WindowLoop(fold, positions, vectors, set).write());
            ofFold[number] = known;
        }
        return known;
    }

    @Override
    public void slide(
            Fold fold,
            float[] x,
            int at,
            Gathering taps,
            int first,
            int count,
            int channels,
            float[] weights,
            float[] y,
            int yAt,
            int yStep) {
        check(fold, x, at, taps, first, count, channels, weights, y, yAt, yStep);
        int whole = count / POSITIONS * POSITIONS;
        int most = Math.clamp(MOST_WORK / ((long) taps.k() * LANES * VECTORS * POSITIONS), 1, Integer.MAX_VALUE / 4)
                * POSITIONS;
        float[] factors = fold == Fold.WEIGHTED ? weights : NO_WEIGHTS;
        for (int done = 0; done < count; ) {
            int positions = done < whole ? POSITIONS : 1;
            int n = Math.min(most, done < whole ? whole - done : count - done);
            int c = 0;
            while (c < channels) {
                VectorSet set = set(fold, channels - c);
                int vectors = channels - c >= VECTORS * set.lanes() ? VECTORS : 1;
                // the last vector overlaps the one before where the channels are no multiple: the same values again
                int from = Math.min(c, channels - LANES);
                MemorySegment code = function(fold, positions, vectors, set);
                call(
                        code,
                        x,
                        y,
                        factors,
                        taps.table(),
                        (long) at + from,
                        yAt + (long) done * yStep + from,
                        fold == Fold.WEIGHTED ? from : 0,
                        taps.k(),
                        (long) taps.k() + first + done,
                        yStep,
                        fold == Fold.WEIGHTED ? channels : 0,
                        positions,
                        n / positions,
                        fold.start());
                c += vectors * set.lanes();
            }
            done += n;
        }
    }

    /// Wide vectors where there are two of them, so that sums do not wait for each other; maxima need blends, which wide
    /// vectors do otherwise.
    private VectorSet set(Fold fold, int channels) {
        return fold != Fold.MAX && channels >= VECTORS * widest.lanes() ? widest : VectorSet.AVX2;
    }

    private static void check(
            Fold fold,
            float[] x,
            int at,
            Gathering taps,
            int first,
            int count,
            int channels,
            float[] weights,
            float[] y,
            int yAt,
            int yStep) {
        if (channels < LANES || count < 0 || yStep < 0 || taps.k() == 0) {
            throw new IndexOutOfBoundsException("a window of " + taps.k() + " taps over " + channels + " channels");
        }
        Objects.checkFromIndexSize(first, count, taps.lines());
        Objects.checkFromIndexSize(at, taps.greatest() + channels, x.length);
        Objects.checkFromIndexSize(yAt, Math.max(0, count - 1L) * yStep + channels, y.length);
        if (fold == Fold.WEIGHTED) {
            Objects.checkFromIndexSize(0, (long) taps.k() * channels, weights.length);
        }
    }

    private static void call(
            MemorySegment code,
            float[] x,
            float[] y,
            float[] weights,
            long[] table,
            long xAt,
            long yAt,
            long weightsAt,
            long taps,
            long linesAt,
            long yStep,
            long weightsStep,
            long positions,
            long count,
            float start) {
        try {
            WINDOWS.invokeExact(
                    code,
                    MemorySegment.ofArray(x),
                    MemorySegment.ofArray(y),
                    MemorySegment.ofArray(weights),
                    MemorySegment.ofArray(table),
                    xAt * FLOAT,
                    yAt * FLOAT,
                    weightsAt * FLOAT,
                    taps,
                    linesAt * Long.BYTES,
                    yStep * FLOAT,
                    weightsStep * FLOAT,
                    positions * yStep * FLOAT,
                    count,
                    Float.floatToRawIntBits(start) & 0xFFFFFFFFL);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
