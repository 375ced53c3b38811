package dev.quern.cpu.machine;

import java.lang.foreign.AddressLayout;
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
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int PRIVATE_ANONYMOUS = 0x22;

    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final @Nullable MethodHandle MAP =
            function("mmap", FunctionDescriptor.of(ADDRESS, ADDRESS, LONG, INT, INT, INT, LONG));
    private static final @Nullable MethodHandle PROTECT =
            function("mprotect", FunctionDescriptor.of(INT, ADDRESS, LONG, INT));
    private static final @Nullable MethodHandle UNMAP = function("munmap", FunctionDescriptor.of(INT, ADDRESS, LONG));

    private CodePages() {}

    /// An executable copy of `code`, which lives as long as the segment is reachable.
    ///
    /// @throws UnsupportedOperationException where the system does not grant it, saying what it refuses
    static MemorySegment executable(byte[] code) {
        MethodHandle map = MAP;
        MethodHandle protect = PROTECT;
        MethodHandle unmap = UNMAP;
        if (map == null || protect == null || unmap == null) {
            throw new UnsupportedOperationException("the system has no mmap, mprotect or munmap");
        }
        try {
            MemorySegment page = (MemorySegment)
                    map.invokeExact(MemorySegment.NULL, (long) code.length, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            if (page.address() == -1) {
                throw new UnsupportedOperationException("the system gives no memory for code (mmap)");
            }
            MemorySegment pages =
                    page.reinterpret(code.length, Arena.ofAuto(), mapped -> release(unmap, mapped, code.length));
            MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, 0, code.length);
            if ((int) protect.invokeExact(page, (long) code.length, READ | EXECUTE) != 0) {
                throw new UnsupportedOperationException("the system does not let memory become code (mprotect)");
            }
            return pages.asReadOnly();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("mmap or mprotect cannot be called", e);
        }
    }

    private static void release(MethodHandle unmap, MemorySegment mapped, long length) {
        try {
            int ignored = (int) unmap.invokeExact(mapped, length);
        } catch (Throwable e) {
            throw new LinkageError("munmap cannot be called", e);
        }
    }

    private static @Nullable MethodHandle function(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find(name)
                .map(address -> linker.downcallHandle(address, descriptor))
                .orElse(null);
    }
}
