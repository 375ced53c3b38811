package dev.quern.cpu.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// Memory for machine code, by the system calls `mmap`, `mprotect` and `munmap` of Linux: written first, executable
/// after, never both.
@SuppressWarnings("restricted") // MachineCode has made sure that native access is enabled
final class CodePages {
    private static final long READ = 1;
    private static final long WRITE = 2;
    private static final long EXECUTE = 4;
    private static final long PRIVATE_ANONYMOUS = 0x22;

    /// Numbers of the calls on x86-64.
    private static final long MMAP = 9;

    private static final long MPROTECT = 10;
    private static final long MUNMAP = 11;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /// The C library's `syscall`, for all three: linking a function takes a cold JVM tens of milliseconds.
    private static final @Nullable MethodHandle SYSCALL = Linker.nativeLinker()
            .defaultLookup()
            .find("syscall")
            .map(address -> Linker.nativeLinker()
                    .downcallHandle(
                            address,
                            FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG),
                            Linker.Option.firstVariadicArg(1)))
            .orElse(null);

    private CodePages() {}

    /// An executable copy of `code`, which lives as long as the segment is reachable.
    ///
    /// @throws UnsupportedOperationException where the system does not grant it, saying what it refuses
    static MemorySegment executable(byte[] code) {
        MethodHandle system = SYSCALL;
        if (system == null) {
            throw new UnsupportedOperationException("the C library has no syscall");
        }
        try {
            long address =
                    (long) system.invokeExact(MMAP, 0L, (long) code.length, READ | WRITE, PRIVATE_ANONYMOUS, -1L, 0L);
            if (address == -1) {
                throw new UnsupportedOperationException("the system gives no memory for code (mmap)");
            }
            MemorySegment pages = MemorySegment.ofAddress(address)
                    .reinterpret(code.length, Arena.ofAuto(), _ -> release(system, address, code.length));
            MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, 0, code.length);
            if ((long) system.invokeExact(MPROTECT, address, (long) code.length, READ | EXECUTE, 0L, 0L, 0L) != 0) {
                throw new UnsupportedOperationException("the system does not let memory become code (mprotect)");
            }
            return pages.asReadOnly();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("mmap or mprotect cannot be called", e);
        }
    }

    private static void release(MethodHandle system, long address, long length) {
        try {
            long ignored = (long) system.invokeExact(MUNMAP, address, length, 0L, 0L, 0L, 0L);
        } catch (Throwable e) {
            throw new LinkageError("munmap cannot be called", e);
        }
    }
}
