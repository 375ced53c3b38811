package dev.quern.cpu.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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

    private CodePages() {}

    /// An executable copy of `code`, which lives as long as the segment is reachable.
    ///
    /// @throws UnsupportedOperationException where the system does not grant it, saying what it refuses
    static MemorySegment executable(byte[] code) {
        long address = SystemCalls.call(MMAP, 0, code.length, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0);
        if (address == -1) {
            throw new UnsupportedOperationException("the system gives no memory for code (mmap)");
        }
        MemorySegment pages = MemorySegment.ofAddress(address)
                .reinterpret(code.length, Arena.ofAuto(), _ -> SystemCalls.call(MUNMAP, address, code.length, 0));
        MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, 0, code.length);
        if (SystemCalls.call(MPROTECT, address, code.length, READ | EXECUTE) != 0) {
            throw new UnsupportedOperationException("the system does not let memory become code (mprotect)");
        }
        return pages.asReadOnly();
    }
}
