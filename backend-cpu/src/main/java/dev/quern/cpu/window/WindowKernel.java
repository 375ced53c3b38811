package dev.quern.cpu.window;

import dev.quern.cpu.gemm.Ending;
import dev.quern.cpu.run.Scratch;
import dev.quern.expr.Expr;
import java.util.List;
import java.util.Optional;

/// Slides a window over neighbouring channels.
public interface WindowKernel {
    /// How many channels it needs at least.
    int LEAST_CHANNELS = ChannelBlocks.HALF;

    /// A form of the epilogue of a [weighted][Fold#WEIGHTED] window that is applied before results are stored,
    /// where there is one.
    ///
    /// @param expr argument 0 is the result, argument k + 1 operand k
    Optional<Ending> ending(Expr expr, List<Ending.Operand> operands);

    /// For `rows` rows r of `count` neighbouring output positions i and all channels c:
    /// `y[yAt + r · yRow + i · yStep + c]` is the ending of the fold over some taps t of
    /// `x[at + r · rowStep + i · step + place(t) + c]`, row of taps by row, with the weights of the window.
    ///
    /// @param at where the first of these taps meets the input at the first position, channel 0
    /// @param operand the array of the ending's operand of channels
    /// @param number its operand for all results
    /// @throws IndexOutOfBoundsException where that is not within the arrays
    void slide(
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
            float number);
}
