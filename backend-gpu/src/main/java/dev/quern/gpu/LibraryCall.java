package dev.quern.gpu;

import dev.quern.codegen.VendorCall;
import java.util.List;

/// A call of one of NVIDIA's libraries.
sealed interface LibraryCall extends VendorCall permits ProductCall, ConvolutionCall {
    /// Multiplications and additions that take as long as an elementary operation of a generated kernel.
    int FASTER = 16;

    /// The call with its operands set.
    ///
    /// @param at where its arrays lie
    ReadyCall prepare(VendorWork libraries, List<Long> at);
}
