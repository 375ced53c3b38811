package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.List;

/// The input [n, c, height, width] of a sliding window as it is met by output positions: where it lies or, where the
/// window reaches into padding, in a padded copy with the channels of a position as neighbours or, where they are apart
/// and may stay so, with a plane for each channel.
public final class Pixels {
    /// Distances that are multiples of so many floats meet in few of a cache's sets.
    private static final int CROWDED = 128;

    /// So many channels that lie in planes of their own are brought together: elements of a patch are neighbours
    /// then.
    private static final int WORTH_TURNING = 8;

    /// Floats in a line of a cache.
    private static final int LINE = 16;

    private final View input;
    private final Axis rows;
    private final Axis columns;
    private final boolean copies;
    private final boolean planes;
    private final float padding;

    private Pixels(View input, Axis rows, Axis columns, Needs needs, float padding) {
        boolean apart = input.stride(1) != 1;
        boolean reachesOut = rows.reachesOut() || columns.reachesOut();
        this.input = input;
        this.rows = rows;
        this.columns = columns;
        this.copies = switch (needs) {
            case PADDING -> reachesOut;
            case PADDED_NEIGHBOURS -> reachesOut || apart;
            case NEIGHBOURS -> apart;
        };
        this.planes = copies && needs == Needs.PADDING && apart;
        this.padding = padding;
    }

    /// What windows ask of their input.
    private enum Needs {
        PADDING,
        /// That the channels of a position are neighbours, too.
        PADDED_NEIGHBOURS,
        /// The same without padding: a window that reaches out is cut.
        NEIGHBOURS
    }

    private static final Axis SINGLE = new Axis(1, 0, 1, 1, 1, 1, 0);

    /// The input of a convolution over one or two axes, without zeros between its elements; of a depth-wise one
    /// such that channels are neighbours.
    public static Pixels of(Kernel.Convolve kernel) {
        Kernel.Geometry g = kernel.geometry();
        int[] taps =
                Arrays.copyOfRange(kernel.weights().dims(), 2, kernel.weights().rank());
        List<Integer> extents = Arrays.stream(taps).boxed().toList();
        boolean depthwise = kernel.weights().dim(1) == 1 && g.featureGroups() > 1;
        View input = kernel.input();
        boolean turns = input.dim(1) >= WORTH_TURNING && input.stride(input.rank() - 1) == 1;
        Needs needs = depthwise || turns ? Needs.PADDED_NEIGHBOURS : Needs.PADDING;
        return of(kernel.input(), kernel.output(), extents, g.strides(), g.dilations(), g.padLow(), needs, 0f);
    }

    /// The input of a depth-wise convolution over one or two axes as [windows that are cut][#rows] meet it.
    public static Pixels cut(Kernel.Convolve kernel) {
        Kernel.Geometry g = kernel.geometry();
        List<Integer> extents =
                Arrays.stream(kernel.weights().dims()).skip(2).boxed().toList();
        View output = kernel.output();
        return of(kernel.input(), output, extents, g.strides(), g.dilations(), g.padLow(), Needs.NEIGHBOURS, 0f);
    }

    /// The input of a pool over one or two axes, likewise.
    ///
    /// @param padding what the padding of a copy holds
    public static Pixels cut(Kernel.Window k, float padding) {
        return of(k.input(), k.output(), k.taps(), k.strides(), k.dilations(), k.padLow(), Needs.NEIGHBOURS, padding);
    }

    private static Pixels of(
            View input,
            View output,
            List<Integer> taps,
            List<Integer> strides,
            List<Integer> dilations,
            List<Integer> padLow,
            Needs needs,
            float padding) {
        Axis[] axes = new Axis[input.rank() - 2];
        for (int i = 0; i < axes.length; i++) {
            axes[i] = new Axis(
                    input.dim(i + 2),
                    input.stride(i + 2),
                    output.dim(i + 2),
                    taps.get(i),
                    strides.get(i),
                    dilations.get(i),
                    padLow.get(i));
        }
        return new Pixels(input, axes.length == 1 ? SINGLE : axes[0], axes[axes.length - 1], needs, padding);
    }

    /// Whether [#copyInto] is needed.
    public boolean copies() {
        return copies;
    }

    /// Output positions of an image.
    public int positions() {
        return rows.out() * columns.out();
    }

    /// The rows as windows meet them: those of the copy, if there is one.
    public Axis rows() {
        return copies ? rows.padded() : rows;
    }

    /// The columns, likewise.
    public Axis columns() {
        return copies ? columns.padded() : columns;
    }

    int channelStep() {
        return planes ? plane() : copies ? 1 : input.stride(1);
    }

    public int columnStep() {
        return copies ? pixel() : columns.stride();
    }

    public int rowStep() {
        return copies ? columns.reach() * pixel() : rows.stride();
    }

    private int imageLength() {
        return planes ? input.dim(1) * plane() : rows.reach() * columns.reach() * pixel();
    }

    /// From one position of the copy to the next.
    private int pixel() {
        return planes ? 1 : uncrowded(input.dim(1));
    }

    /// From one plane of the copy to the next.
    private int plane() {
        return uncrowded(rows.reach() * columns.reach());
    }

    /// Powers of two are avoided: all positions under a window would share a few sets of a first-level cache.
    static int uncrowded(int step) {
        return step % CROWDED == 0 ? step + LINE : step;
    }

    /// Where channel 0 of the first position of an image is.
    public int image(int n) {
        return (copies ? 0 : input.offset()) + n * imageStep();
    }

    int imageStep() {
        return copies ? imageLength() : input.stride(0);
    }

    /// How long the array of the copy must be.
    public int arrayLength() {
        return Math.multiplyExact(input.dim(0), imageLength());
    }

    /// The distance between output positions of so many images if they lie evenly, each with its channels as
    /// neighbours, and windows have one tap; else −1.
    int evenStep(int images) {
        if (channelStep() != 1 || rows.taps() * columns.taps() != 1) {
            return -1;
        }
        int[] dims = {images, rows.out(), columns.out()};
        int[] strides = {imageStep(), rows.step() * rowStep(), columns.step() * columnStep()};
        View line = View.of(input.buffer(), input.dtype(), 0, dims, strides).reshape(images * positions());
        return line == null ? -1 : line.stride(0);
    }

    /// Where output positions of several images, one after another, meet each (channel, tap), for a group of
    /// `channels`.
    Gathering gathering(int channels, int images) {
        int[] taps = taps();
        int[] offsets = new int[channels * taps.length];
        for (int c = 0; c < channels; c++) {
            for (int t = 0; t < taps.length; t++) {
                offsets[c * taps.length + t] = c * channelStep() + taps[t];
            }
        }
        return new Gathering(offsets, lines(images));
    }

    private int[] taps() {
        int[] taps = new int[rows.taps() * columns.taps()];
        for (int t = 0; t < taps.length; t++) {
            taps[t] = t / columns.taps() * rows.dilation() * rowStep()
                    + t % columns.taps() * columns.dilation() * columnStep();
        }
        return taps;
    }

    private int[] lines(int images) {
        int[] lines = new int[images * positions()];
        for (int i = 0; i < lines.length; i++) {
            int p = i % positions();
            lines[i] = image(i / positions())
                    - image(0)
                    + p / columns.out() * rows.step() * rowStep()
                    + p % columns.out() * columns.step() * columnStep();
        }
        return lines;
    }

    /// The step that copies the input into `buffer`: a unit is one row of one image.
    public Step copyInto(int buffer, Transposer transposer) {
        return new Copy(buffer, transposer);
    }

    private final class Copy implements Step {
        private final int buffer;
        private final Transposer transposer;

        Copy(int buffer, Transposer transposer) {
            this.buffer = buffer;
            this.transposer = transposer;
        }

        @Override
        public int units() {
            return input.dim(0) * rows.reach();
        }

        @Override
        public long nanosPerUnit() {
            return 50 + rowStep() / 4L;
        }

        @Override
        public void run(Workspace workspace, Scratch scratch, int from, int to) {
            float[] source = workspace.floats(input.buffer());
            float[] target = workspace.floats(buffer);
            int channels = input.dim(1);
            int x = columns.low() - columns.padLow();
            for (int unit = from; unit < to; unit++) {
                int image = unit / rows.reach();
                int y = unit % rows.reach();
                int at = image * imageLength() + y * rowStep();
                int line = input.offset()
                        + image * input.stride(0)
                        + (y - rows.padLow()) * rows.stride()
                        + x * columns.stride();
                boolean inside = y >= rows.low() && y < rows.high();
                for (int c = 0; c < (planes ? channels : 1); c++) {
                    int begin = at + c * plane();
                    if (inside) {
                        padded(source, line + c * input.stride(1), planes ? 1 : channels, target, begin);
                    } else {
                        Arrays.fill(target, begin, begin + rowStep(), padding);
                    }
                }
            }
        }

        /// One row with its padding.
        private void padded(float[] source, int line, int channels, float[] target, int at) {
            int low = at + columns.low() * pixel();
            int high = at + columns.high() * pixel();
            Arrays.fill(target, at, low, padding);
            Arrays.fill(target, high, at + rowStep(), padding);
            line(source, line, columns.high() - columns.low(), channels, target, low);
        }

        private void line(float[] source, int at, int width, int channels, float[] target, int to) {
            int step = input.stride(1);
            int pixel = pixel();
            boolean together = planes ? columns.stride() == 1 : step == 1 && columns.stride() == channels;
            if (together && pixel == channels) {
                System.arraycopy(source, at, target, to, width * channels);
            } else if (step == 1) {
                for (int x = 0; x < width; x++) {
                    System.arraycopy(source, at + x * columns.stride(), target, to + x * pixel, channels);
                }
            } else if (columns.stride() == 1) {
                transposer.turn(source, at, step, channels, width, target, to, pixel);
            } else {
                for (int c = 0; c < channels; c++) {
                    int element = at + c * step;
                    for (int x = 0; x < width; x++) {
                        target[to + x * pixel + c] = source[element + x * columns.stride()];
                    }
                }
            }
        }
    }
}
