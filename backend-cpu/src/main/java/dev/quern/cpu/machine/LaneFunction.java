package dev.quern.cpu.machine;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// How the functions of [MapLoop] and [FoldLoop] are called: one type for both, of which the former looks at fewer
/// numbers, since linking one takes a cold Java virtual machine ten milliseconds and more.
@SuppressWarnings("restricted") // called only where MachineCode says that native access is enabled
final class LaneFunction {
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /// They block on nothing and call nothing back, hence *critical*.
    static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS,
                            ADDRESS, LONG, LONG, LONG, LONG, LONG, LONG),
                    Linker.Option.critical(true));

    private LaneFunction() {}
}
