package dev.quern.reference;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.Arrays;
import java.util.List;

/// Convolves image by image: for one (channel, tap) after another, the elements which that tap meets at all output
/// positions are laid out in a line, padding as zeros, and multiplied into the planes of all output channels.
final class ConvolveLoop implements Loop {
    private final Kernel.Convolve kernel;
    private final Operand input;
    private final Operand weights;
    private final Epilogue epilogue;

    ConvolveLoop(Kernel.Convolve kernel) {
        this.kernel = kernel;
        this.input = new Operand(kernel.input(), kernel.inputZero());
        this.weights = new Operand(kernel.weights(), kernel.weightsZero());
        this.epilogue =
                new Epilogue(1, kernel.epilogueOperands(), List.of(kernel.epilogue()), List.of(kernel.output()));
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        View output = kernel.output();
        int images = output.dim(0);
        int channels = output.dim(1);
        int[] positions = trailing(output);
        int plane = Cursor.count(positions);
        int line = positions.length == 0 ? 1 : positions[positions.length - 1];
        int depth = kernel.weights().dim(1);
        int[] taps = trailing(kernel.weights());
        int tapCount = Cursor.count(taps);
        DType accumulate = kernel.accumulate();
        Row factors = weights.block(accumulate, new long[0], buffers);
        Row[] sums = new Row[channels];
        Arrays.setAll(sums, o -> Row.of(accumulate, plane));
        TapLine tapLine = new TapLine(input, kernel.geometry(), positions, accumulate, buffers);
        Epilogue.Pass pass = positions.length == 0 ? epilogue.byElement(buffers) : epilogue.byRow(buffers);
        for (int image = 0; image < images && pass.inside(); image++) {
            for (Row sum : sums) {
                sum.clear(0, plane);
            }
            for (int first = 0, end; first < channels; first = end) {
                end = endOfGroup(first, channels);
                int source = first / (channels / kernel.geometry().batchGroups()) * images + image;
                int from = first / (channels / kernel.geometry().featureGroups()) * depth;
                for (int c = 0; c < depth; c++) {
                    int tap = 0;
                    for (Cursor t = Cursor.reading(taps); t.inside(); t.next(), tap++) {
                        Row met = tapLine.load(source, from + c, t.index);
                        pulse.spend(plane);
                        for (int o = first; o < end; o++) {
                            sums[o].multiplyAdd(factors, (o * depth + c) * tapCount + tap, met);
                            pulse.spend(plane);
                        }
                    }
                }
            }
            for (Row sum : sums) {
                pass.state(0, sum.finished());
                for (int i = 0; i < plane; i += line) {
                    pass.store(i, pulse);
                }
            }
        }
    }

    /// The end of the run of output channels from `first` that read the same part of the input.
    private int endOfGroup(int first, int channels) {
        int byFeature = channels / kernel.geometry().featureGroups();
        int byBatch = channels / kernel.geometry().batchGroups();
        return Math.min((first / byFeature + 1) * byFeature, (first / byBatch + 1) * byBatch);
    }

    private static int[] trailing(View view) {
        return Arrays.copyOfRange(view.dims(), 2, view.rank());
    }
}
