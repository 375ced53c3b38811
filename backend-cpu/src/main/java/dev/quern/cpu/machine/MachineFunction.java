package dev.quern.cpu.machine;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// How all machine code is called, and the system for memory to put it into: two types for all functions, of whose
/// arguments each looks at those it needs, since linking one more type takes a cold Java virtual machine 20 to 40 ms.
///
/// Both are C functions of the System V calling convention, first segments, then numbers: `long (void *segment0, …,
/// long
/// number0, …)`. [Frame] says where arguments lie; a result other than that of a system call has no meaning.
///
/// The functions block on nothing for long and call nothing back, hence *critical*; so arrays are passed as they lie on
/// the heap. What is called for little work is called where its arguments are made: only then are segments of arrays
/// free.
@SuppressWarnings("restricted") // called only where MachineCode says that native access is enabled
final class MachineFunction {
    /// What is passed where there is no segment.
    static final MemorySegment NONE = MemorySegment.NULL;

    /// Segments of most functions.
    static final int SEGMENTS = 9;

    /// Segments of functions that look at many views.
    static final int VIEWS_AND_MORE = 11;

    private static final AddressLayout A = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong L = ValueLayout.JAVA_LONG;

    /// [#SEGMENTS] segments and 18 numbers.
    static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.of(
                            L, A, A, A, A, A, A, A, A, A, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L),
                    Linker.Option.critical(true));

    /// Functions of many views and fewer numbers: [#VIEWS_AND_MORE] segments and 6 numbers.
    static final class OfViews {
        static final MethodHandle CALL = Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.of(L, A, A, A, A, A, A, A, A, A, A, A, L, L, L, L, L, L),
                        Linker.Option.critical(true));

        private OfViews() {}
    }

    private MachineFunction() {}

    /// A call of a function of up to three segments and ten numbers.
    static void call(
            MemorySegment code,
            MemorySegment s0,
            MemorySegment s1,
            MemorySegment s2,
            long n0,
            long n1,
            long n2,
            long n3,
            long n4,
            long n5,
            long n6,
            long n7,
            long n8,
            long n9) {
        try {
            long ignored = (long) CALL.invokeExact(
                    code, s0, s1, s2, NONE, NONE, NONE, NONE, NONE, NONE, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, 0L,
                    0L, 0L, 0L, 0L, 0L, 0L, 0L);
        } catch (Throwable thrown) {
            throw failed(thrown);
        }
    }

    /// What a call threw, as something to throw.
    static RuntimeException failed(Throwable thrown) {
        return switch (thrown) {
            case RuntimeException exception -> exception;
            case Error error -> throw error;
            default -> throw new LinkageError("machine code cannot be called", thrown);
        };
    }
}
