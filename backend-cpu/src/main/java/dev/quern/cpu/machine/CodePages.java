package dev.quern.cpu.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

    /// The C library's `syscall`, for all three.
    private static final @Nullable MemorySegment SYSCALL =
            Linker.nativeLinker().defaultLookup().find("syscall").orElse(null);

    private CodePages() {}

    /// An executable copy of `code`, which lives as long as the segment is reachable.
    ///
    /// @throws UnsupportedOperationException where the system does not grant it, saying what it refuses
    static MemorySegment executable(byte[] code) {
        MemorySegment system = SYSCALL;
        if (system == null) {
            throw new UnsupportedOperationException("the C library has no syscall");
        }
        long address = call(system, MMAP, 0, code.length, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0);
        if (address == -1) {
            throw new UnsupportedOperationException("the system gives no memory for code (mmap)");
        }
        MemorySegment pages = MemorySegment.ofAddress(address)
                .reinterpret(code.length, Arena.ofAuto(), _ -> call(system, MUNMAP, address, code.length, 0, 0, 0, 0));
        MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, 0, code.length);
        if (call(system, MPROTECT, address, code.length, READ | EXECUTE, 0, 0, 0) != 0) {
            throw new UnsupportedOperationException("the system does not let memory become code (mprotect)");
        }
        return pages.asReadOnly();
    }

    /// A system call, as a function whose segments are numbers: seven come first there.
    private static long call(MemorySegment system, long number, long a, long b, long c, long d, long e, long f) {
        try {
            return (long) MachineFunction.CALL.invokeExact(
                    system,
                    MemorySegment.ofAddress(number),
                    MemorySegment.ofAddress(a),
                    MemorySegment.ofAddress(b),
                    MemorySegment.ofAddress(c),
                    MemorySegment.ofAddress(d),
                    MemorySegment.ofAddress(e),
                    MemorySegment.ofAddress(f),
                    MachineFunction.NONE,
                    MachineFunction.NONE,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L);
        } catch (Throwable thrown) {
            throw MachineFunction.failed(thrown);
        }
    }
}
