package dev.quern.cpu.machine;

import dev.quern.cpu.gemm.Ending;
import dev.quern.cpu.run.Scratch;
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

    /// Functions that share columns, by dilation, stride, taps of a row, positions and vectors.
    private static final int SHARED = SharedColumnsLoop.MOST_SPREAD
            * SharedColumnsLoop.MOST_SPREAD
            * SharedColumnsLoop.MOST_TAPS
            * SharedColumnsLoop.MOST_POSITIONS
            * VECTORS;

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
                            LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG),
                    Linker.Option.critical(true));

    /// The functions without an ending.
    private final Map<Fold, Functions> functions = new EnumMap<>(Fold.class);

    private final MachineEndings endings = new MachineEndings(VectorSet.AVX2, WindowLoop.FREE, Arithmetic.FLOATS);

    /// The functions of a fold and an ending written so far. Two threads may write the same one; either will do.
    static final class Functions {
        private final Fold fold;
        private final @Nullable MachineEnding ending;
        private final @Nullable MemorySegment[] known = new MemorySegment[POSITIONS * VECTORS];
        private final @Nullable MemorySegment[] shared = new MemorySegment[SHARED];

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

        /// The function that shares columns.
        MemorySegment sharing(int taps, int stride, int dilation, int positions, int vectors) {
            int spread = (dilation - 1) * SharedColumnsLoop.MOST_SPREAD + stride - 1;
            int window = spread * SharedColumnsLoop.MOST_TAPS + taps - 1;
            int number = (window * SharedColumnsLoop.MOST_POSITIONS + positions - 1) * VECTORS + vectors - 1;
            MemorySegment found = shared[number];
            if (found == null) {
                found = CodePages.executable(
                        new SharedColumnsLoop(taps, stride, dilation, positions, vectors, ending).write());
                shared[number] = found;
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
        boolean fits =
                operands.size() == operands.stream().distinct().count() && !operands.contains(Ending.Operand.ELEMENT);
        return fits ? endings.of(expr, operands) : Optional.empty();
    }

    @Override
    public void slide(
            Scratch scratch,
            SlidingWindow window,
            float[] x,
            int at,
            Taps taps,
            int rows,
            int count,
            float[] y,
            int yAt,
            int yRow,
            int yStep,
            float[] operand,
            float number) {
        window.check(x, at, taps, rows, count, y, yAt, yRow, yStep, operand);
        int channels = window.channels();
        MachineEnding ending = (MachineEnding) window.ending();
        int[] constants = ending == null ? NO_CONSTANTS : ending.constants(scratch, number);
        Spread spread = Spread.of(window, taps, count);
        long most = Math.max(1, MOST_WORK / ((long) taps.rows() * taps.columns() * channels));
        for (int done = 0; done < count; ) {
            int positions = spread.positions(count - done, taps.columns());
            int tiles = Math.clamp(most / positions, 1, (count - done) / positions);
            int atOnce = Math.clamp(most / ((long) tiles * positions), 1, rows);
            for (int row = 0; row < rows; row += atOnce) {
                int lines = Math.min(atOnce, rows - row);
                int from = at + row * window.rowStep() + done * window.step();
                int to = yAt + row * yRow + done * yStep;
                int wholes = ChannelBlocks.whole(channels) > 0 ? WHOLE : 0;
                for (int block = wholes; block < ChannelBlocks.halves(channels); block++) {
                    blocks(
                            window, taps, spread, positions, tiles, lines, x, from, y, to, yRow, yStep, operand,
                            constants, block);
                }
            }
            done += tiles * positions;
        }
    }

    /// How positions and taps of a row meet columns of the input: neighbours so many columns apart; zeros where they
    /// share none, or too few.
    ///
    /// @param column elements from tap to tap
    private record Spread(int stride, int dilation, int column) {
        /// With fewer positions, each a chain of sums, or fewer than taps, two vectors of channels keep the multipliers
        /// busier.
        private static final int LEAST_POSITIONS = 5;

        static Spread of(SlidingWindow window, Taps taps, int count) {
            int column = taps.columnStep();
            int step = window.step();
            if (window.fold() == Fold.WEIGHTED && column > 0 && step > 0) {
                Spread spread = new Spread(Math.max(1, step / column), Math.max(1, column / step), column);
                int least = Math.clamp(taps.columns(), 2, LEAST_POSITIONS);
                if (step * spread.dilation == column * spread.stride
                        && SharedColumnsLoop.suits(taps.columns(), spread.stride, spread.dilation)
                        && spread.positions(count, taps.columns()) >= least) {
                    return spread;
                }
            }
            return new Spread(0, 0, column);
        }

        boolean shares() {
            return stride > 0;
        }

        /// So many at once that all tiles are alike, if they can be.
        int positions(int count, int columns) {
            int most = shares() ? SharedColumnsLoop.mostPositions(columns, stride, dilation) : POSITIONS;
            return shares() ? Math.ceilDiv(count, Math.ceilDiv(count, most)) : Math.min(most, count);
        }
    }

    /// @param half which half block of channels, or [#WHOLE] for all whole ones
    private void blocks(
            SlidingWindow window,
            Taps taps,
            Spread spread,
            int positions,
            int tiles,
            int lines,
            float[] x,
            int xAt,
            float[] y,
            int yAt,
            int yRow,
            int yStep,
            float[] operand,
            int[] constants,
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
        MemorySegment function = spread.shares()
                ? code.sharing(taps.columns(), spread.stride(), spread.dilation(), positions, vectors)
                : code.function(positions, vectors);
        // where columns are shared, rows are not walked along
        long alongRow = spread.shares() ? 0 : (long) taps.columns() * spread.column();
        long alongWeights = spread.shares() ? 0 : taps.columns();
        try {
            WINDOWS.invokeExact(
                    function,
                    MemorySegment.ofArray(x),
                    MemorySegment.ofArray(y),
                    MemorySegment.ofArray(weighted ? window.weights() : NONE),
                    MemorySegment.ofArray(constants),
                    MemorySegment.ofArray(operand),
                    ((long) xAt + channel) * FLOAT,
                    ((long) yAt + channel) * FLOAT,
                    (weightsAt + taps.first() * block) * FLOAT,
                    ((long) window.operandAt() + channel) * FLOAT,
                    (long) taps.rows(),
                    (long) taps.columns(),
                    (taps.rowStep() - alongRow) * FLOAT,
                    spread.column() * FLOAT,
                    (window.columns() - alongWeights) * block * FLOAT,
                    (block - (spread.shares() ? 0 : (long) taps.rows() * taps.rowStep())) * FLOAT,
                    (window.taps() - (spread.shares() ? 0 : (long) taps.rows() * window.columns())) * block * FLOAT,
                    window.step() * FLOAT,
                    yStep * FLOAT,
                    (long) count,
                    (positions * (long) window.step() - count * block) * FLOAT,
                    (positions * (long) yStep - count * block) * FLOAT,
                    (long) tiles,
                    Float.floatToRawIntBits(window.fold().start()) & 0xFFFFFFFFL,
                    (long) lines,
                    (window.rowStep() - (long) tiles * positions * window.step()) * FLOAT,
                    (yRow - (long) tiles * positions * yStep) * FLOAT);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
