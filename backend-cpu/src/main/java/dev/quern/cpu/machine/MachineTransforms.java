package dev.quern.cpu.machine;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.winograd.Transform;
import dev.quern.cpu.winograd.TransformKernel;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/// The machine-code form of transforms.
@SuppressWarnings("restricted") // made only where MachineCode says that native access is enabled
public final class MachineTransforms implements TransformKernel {
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final long FLOAT = Float.BYTES;

    /// Lanes in one call: it holds off the garbage collector, so it is to last at most 0.1 ms.
    private static final int MOST_WORK = 1 << 17;

    /// Linked when first called.
    private static final class Linked {
        /// The function of [TransformLoop]. It blocks on nothing and calls nothing back, hence *critical*.
        static final MethodHandle TRANSFORMS = Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.ofVoid(
                                ADDRESS, ADDRESS, ADDRESS, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG),
                        Linker.Option.critical(true));
    }

    private record Function(Transform transform, VectorSet set, MemorySegment code, float[] factors) {
        static Function of(Transform transform, VectorSet set) {
            TransformLoop loop = new TransformLoop(transform, set);
            return new Function(transform, set, CodePages.executable(loop.write()), loop.factors());
        }
    }

    /// A few, which are looked through: a key to be hashed would be made for each call. Two threads may add the same
    /// one; either will do.
    private final List<Function> functions = new CopyOnWriteArrayList<>();
    private final VectorSet widest = MachineCode.vectors();

    /// @throws UnsupportedOperationException where there is an [obstacle][MachineCode#obstacle()]
    public MachineTransforms() {
        MachineCode.obstacle().ifPresent(why -> {
            throw new UnsupportedOperationException(why);
        });
        function(Transform.INPUT, widest);
        function(Transform.OUTPUT, widest);
    }

    private Function function(Transform transform, VectorSet set) {
        for (int i = 0; i < functions.size(); i++) {
            Function known = functions.get(i);
            if (known.transform.equals(transform) && known.set == set) {
                return known;
            }
        }
        Function made = Function.of(transform, set);
        functions.add(made);
        return made;
    }

    @Override
    public void apply(
            Transform transform,
            Scratch scratch,
            float[] from,
            int at,
            int step,
            int line,
            float[] to,
            int toAt,
            int toStep,
            int toLine,
            int lines,
            int lanes) {
        if (lines <= 0) {
            return;
        }
        VectorSet set = lanes >= widest.lanes() ? widest : VectorSet.AVX2;
        int width = set.lanes();
        if (lanes < width || step < 0 || line < 0 || toStep < 0 || toLine < 0) {
            throw new IndexOutOfBoundsException("a transform of " + lanes + " lanes, or backwards");
        }
        check(from, at, step, transform.inputs(), line, lines, lanes);
        check(to, toAt, toStep, transform.outputs().size(), toLine, lines, lanes);
        Function function = function(transform, set);
        int atOnce = Math.max(1, MOST_WORK / lanes);
        int most = MOST_WORK / width;
        for (int i = 0; i < lines; i += atOnce) {
            int n = Math.min(atOnce, lines - i);
            long x = at + (long) i * line;
            long y = toAt + (long) i * toLine;
            for (int vector = 0; vector < lanes / width; vector += most) {
                long lane = (long) vector * width;
                int vectors = Math.min(most, lanes / width - vector);
                call(function, from, to, x + lane, y + lane, step, line, toStep, toLine, n, vectors);
            }
            if (lanes % width != 0) {
                // overlaps the vector before: the same values again
                long lane = lanes - (long) width;
                call(function, from, to, x + lane, y + lane, step, line, toStep, toLine, n, 1);
            }
        }
    }

    private static void check(float[] array, int at, long step, int values, long line, int lines, int lanes) {
        Objects.checkFromIndexSize(at, (lines - 1L) * line + (values - 1L) * step + lanes, (long) array.length);
    }

    private static void call(
            Function function,
            float[] from,
            float[] to,
            long at,
            long toAt,
            long step,
            long line,
            long toStep,
            long toLine,
            long lines,
            long vectors) {
        try {
            Linked.TRANSFORMS.invokeExact(
                    function.code,
                    MemorySegment.ofArray(from),
                    MemorySegment.ofArray(to),
                    MemorySegment.ofArray(function.factors),
                    at * FLOAT,
                    toAt * FLOAT,
                    step * FLOAT,
                    line * FLOAT,
                    toStep * FLOAT,
                    toLine * FLOAT,
                    lines,
                    vectors);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("machine code cannot be called", e);
        }
    }
}
