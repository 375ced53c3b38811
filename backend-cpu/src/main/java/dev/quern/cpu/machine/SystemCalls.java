package dev.quern.cpu.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// System calls of Linux on x86-64, all by the C library's `syscall`: linking a function takes a cold JVM tens of
/// milliseconds.
@SuppressWarnings("restricted") // MachineCode has made sure that native access is enabled
final class SystemCalls {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final @Nullable MethodHandle SYSCALL = Linker.nativeLinker()
            .defaultLookup()
            .find("syscall")
            .map(address -> Linker.nativeLinker()
                    .downcallHandle(
                            address,
                            FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG),
                            Linker.Option.firstVariadicArg(1)))
            .orElse(null);

    private SystemCalls() {}

    /// A call of three arguments or fewer; see the one of six.
    static long call(long number, long a, long b, long c) {
        return call(number, a, b, c, 0, 0, 0);
    }

    /// What the system answers; -1 where it refuses.
    ///
    /// @throws UnsupportedOperationException where the C library has no `syscall`
    static long call(long number, long a, long b, long c, long d, long e, long f) {
        MethodHandle system = SYSCALL;
        if (system == null) {
            throw new UnsupportedOperationException("the C library has no syscall");
        }
        try {
            return (long) system.invokeExact(number, a, b, c, d, e, f);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable thrown) {
            throw new LinkageError("syscall cannot be called", thrown);
        }
    }
}
