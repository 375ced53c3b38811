package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.Arrays;

/// Lays the input [n, c, height, width] of a convolution out so that the product needs no copies of patches: with its
/// padding, and where the stride is s in s² *phases*, of which phase (a, b) holds the elements (a + s·i, b + s·j).
///
/// Then at every tap the elements that neighbouring output positions meet lie side by side. Output positions are
/// numbered along the rows of a phase, so that a few of them, at the end of each row, mean nothing.
final class PaddedPlanes {
    /// A tile may read so far beyond the last position.
    private static final int SLACK = 15;

    /// A run that a loop copies as fast as a call.
    private static final int SHORT = 12;

    private final View input;
    private final Axis rows;
    private final Axis columns;

    /// Without padding, stride and zeros between, the input itself serves.
    private final boolean copies;

    private PaddedPlanes(View input, Axis rows, Axis columns, boolean copies) {
        this.input = input;
        this.rows = rows;
        this.columns = columns;
        this.copies = copies;
    }

    /// One spatial axis.
    ///
    /// @param extent of the input
    /// @param stride of the input's view
    /// @param out extent of the output
    /// @param inputDilation the input stands at multiples of it, with zeros between
    private record Axis(
            int extent, int stride, int out, int taps, int step, int dilation, int padLow, int inputDilation) {

        static Axis of(Kernel.Convolve kernel, int axis) {
            Kernel.Geometry g = kernel.geometry();
            int i = axis - 2;
            return new Axis(
                    kernel.input().dim(axis),
                    kernel.input().stride(axis),
                    kernel.output().dim(axis),
                    kernel.weights().dim(axis),
                    g.strides().get(i),
                    g.dilations().get(i),
                    g.padLow().get(i),
                    g.inputDilations().get(i));
        }

        int phases() {
            return Math.min(step, (taps - 1) * dilation + 1);
        }

        int phase(int tap) {
            return tap * dilation % step;
        }

        int shift(int tap) {
            return tap * dilation / step;
        }

        /// The length of a phase: positions of the output, and as far as the last tap reaches.
        int length() {
            return out + (taps - 1) * dilation / step;
        }

        /// The input position at position `i` of a phase, or −1 for a zero.
        int source(int phase, int i) {
            int p = i * step + phase - padLow;
            return p < 0 || p % inputDilation != 0 || p / inputDilation >= extent ? -1 : p / inputDilation;
        }

        boolean isPlain() {
            return step == 1 && inputDilation == 1 && padLow == 0 && length() == extent;
        }
    }

    /// @param kernel a convolution over one or two axes
    static PaddedPlanes of(Kernel.Convolve kernel) {
        View input = kernel.input();
        int last = input.rank() - 1;
        Axis columns = Axis.of(kernel, last);
        Axis rows = last == 3 ? Axis.of(kernel, 2) : new Axis(1, columns.extent, 1, 1, 1, 1, 0, 1);
        int positions = new Lines(columns.out, columns.length(), rows.out).positions();
        boolean serves = rows.isPlain()
                && columns.isPlain()
                && columns.stride == 1
                && (rows.extent == 1 || rows.stride == columns.extent)
                && positions % Tile.DEFAULT.columns() == 0;
        return new PaddedPlanes(input, rows, columns, !serves);
    }

    boolean copies() {
        return copies;
    }

    /// The extents of the output's rows, the distance between two of them in positions, and how many there are.
    Lines lines() {
        return new Lines(columns.out, columns.length(), rows.out);
    }

    /// From one channel to the next.
    int channelStep() {
        return copies ? rows.phases() * columns.phases() * rows.length() * columns.length() : input.stride(1);
    }

    /// Where channel 0 of an image is.
    int image(int n) {
        return copies ? n * input.dim(1) * channelStep() : input.offset() + n * input.stride(0);
    }

    /// How long the array must be.
    int arrayLength() {
        return Math.addExact(Math.multiplyExact(input.dim(0) * input.dim(1), channelStep()), SLACK);
    }

    /// Where output position 0 meets each (channel, tap), for a group of `channels`.
    RowOffsets offsets(int channels) {
        int[] offsets = new int[channels * rows.taps * columns.taps];
        int at = 0;
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < rows.taps; i++) {
                for (int j = 0; j < columns.taps; j++) {
                    int phase = rows.phase(i) * columns.phases() + columns.phase(j);
                    offsets[at++] = c * channelStep()
                            + (phase * rows.length() + rows.shift(i)) * columns.length()
                            + columns.shift(j);
                }
            }
        }
        return new RowOffsets(offsets);
    }

    /// The step that copies the input into `buffer`: a unit is one channel of one image.
    Step copyInto(int buffer) {
        return new Copy(buffer);
    }

    private final class Copy implements Step {
        private final int buffer;

        Copy(int buffer) {
            this.buffer = buffer;
        }

        @Override
        public int units() {
            return input.dim(0) * input.dim(1);
        }

        @Override
        public long nanosPerUnit() {
            return 50 + channelStep() / 4L;
        }

        @Override
        public void run(Workspace workspace, Scratch scratch, int from, int to) {
            float[] source = workspace.floats(input.buffer());
            float[] target = workspace.floats(buffer);
            for (int unit = from; unit < to; unit++) {
                int image = unit / input.dim(1);
                int channel = unit % input.dim(1);
                int plane = input.offset() + image * input.stride(0) + channel * input.stride(1);
                int at = unit * channelStep();
                for (int a = 0; a < rows.phases(); a++) {
                    for (int b = 0; b < columns.phases(); b++) {
                        for (int i = 0; i < rows.length(); i++) {
                            int y = rows.source(a, i);
                            if (y < 0) {
                                Arrays.fill(target, at, at + columns.length(), 0f);
                            } else {
                                line(source, plane + y * rows.stride, b, target, at);
                            }
                            at += columns.length();
                        }
                    }
                }
            }
        }

        private void line(float[] source, int line, int phase, float[] target, int at) {
            int n = columns.length();
            int step = columns.step;
            if (columns.inputDilation != 1) {
                for (int i = 0; i < n; i++) {
                    int x = columns.source(phase, i);
                    target[at + i] = x < 0 ? 0f : source[line + x * columns.stride];
                }
                return;
            }
            int first = phase - columns.padLow;
            int low = Math.clamp(Math.ceilDiv(-first, step), 0, n);
            int high = Math.clamp(Math.ceilDiv(columns.extent - first, step), low, n);
            for (int i = 0; i < low; i++) {
                target[at + i] = 0f;
            }
            int start = line + first * columns.stride;
            int distance = step * columns.stride;
            if (distance == 1 && high - low > SHORT) {
                System.arraycopy(source, start + low, target, at + low, high - low);
            } else {
                for (int i = low; i < high; i++) {
                    target[at + i] = source[start + i * distance];
                }
            }
            for (int i = high; i < n; i++) {
                target[at + i] = 0f;
            }
        }
    }
}
