package dev.quern.op;

import dev.quern.graph.HostOp.Host;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.Arrays;

/// Where the pixels of [RoiAlign]'s tiles look at the images: each at the four pixels around each of its samples.
///
/// @param x of the images [N, C, H, W]
/// @param boxes `[R,4]`
/// @param images the image of each box, `[R]`
record RoiSamples(RoiAlign op, Shape x, Tensor boxes, Tensor images) {
    private static final int AROUND = 4;

    /// Is told what one pixel of a tile looks at.
    @FunctionalInterface
    interface Visitor {
        /// @param at the pixel's place in the result
        void see(int at, Corners corners);
    }

    /// Pixels of one channel of one image, with bilinear weights: four around each sample within the image.
    static final class Corners {
        private final int height;
        private final int width;
        private int[] positions = new int[AROUND];
        private double[] weights = new double[AROUND];
        private int first;
        private int count;
        private int samples;

        private Corners(int height, int width) {
            this.height = height;
            this.width = width;
        }

        int count() {
            return count;
        }

        /// Samples that count in the mean, those outside included; at least 1.
        int samples() {
            return Math.max(samples, 1);
        }

        /// Where corner `i` lies among the elements of the images.
        int position(int i) {
            return first + positions[i];
        }

        double weight(int i) {
            return weights[i];
        }

        /// The corner whose weighted value is the greatest, or the first that is NaN; -1 where a sample
        /// outside, whose value is 0, is as great, or there is none.
        int best(Tensor x) {
            int best = -1;
            double greatest = AROUND * samples > count ? 0 : Double.NEGATIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                double value = weights[i] * x.getDouble(position(i));
                if (value > greatest || Double.isNaN(value)) {
                    greatest = value;
                    best = i;
                }
            }
            return best;
        }

        private void clear() {
            count = 0;
            samples = 0;
        }

        private void sample(double atY, double atX) {
            samples++;
            if (atY < -1 || atY > height || atX < -1 || atX > width) {
                return;
            }
            double y = Math.clamp(atY, 0, height - 1);
            double x = Math.clamp(atX, 0, width - 1);
            int top = (int) y;
            int left = (int) x;
            int bottom = Math.min(top + 1, height - 1);
            int right = Math.min(left + 1, width - 1);
            double dy = y - top;
            double dx = x - left;
            add(top, left, (1 - dy) * (1 - dx));
            add(top, right, (1 - dy) * dx);
            add(bottom, left, dy * (1 - dx));
            add(bottom, right, dy * dx);
        }

        private void add(int row, int column, double weight) {
            if (count == positions.length) {
                positions = Arrays.copyOf(positions, 2 * count);
                weights = Arrays.copyOf(weights, 2 * count);
            }
            positions[count] = row * width + column;
            weights[count++] = weight;
        }
    }

    /// Goes through all pixels of all tiles in the order of the result.
    void forEach(Host host, Visitor visitor) {
        int[] dims = x.intExtents();
        int tile = op.height() * op.width();
        Corners corners = new Corners(dims[2], dims[3]);
        int count = (int) boxes.shape().dim(0).extent();
        for (int r = 0; r < count; r++) {
            host.checkCancelled();
            long image = images.getLong(r);
            if (image < 0 || image >= dims[0]) {
                throw new ShapeException("box " + r + " is of image " + image + ", but there are " + dims[0]);
            }
            Box box = box(r);
            for (int pixel = 0; pixel < tile; pixel++) {
                fill(corners, box, pixel / op.width(), pixel % op.width());
                for (int c = 0; c < dims[1]; c++) {
                    corners.first = ((int) image * dims[1] + c) * dims[2] * dims[3];
                    visitor.see((r * dims[1] + c) * tile + pixel, corners);
                }
            }
        }
    }

    private record Box(double y, double x, double height, double width) {}

    private Box box(int r) {
        double shift = op.halfPixel() ? 0.5 : 0;
        double left = boxes.getDouble(4 * r) * op.scale() - shift;
        double top = boxes.getDouble(4 * r + 1) * op.scale() - shift;
        double w = boxes.getDouble(4 * r + 2) * op.scale() - shift - left;
        double h = boxes.getDouble(4 * r + 3) * op.scale() - shift - top;
        return op.halfPixel() ? new Box(top, left, h, w) : new Box(top, left, Math.max(h, 1), Math.max(w, 1));
    }

    private void fill(Corners corners, Box box, int i, int j) {
        double h = box.height / op.height();
        double w = box.width / op.width();
        int rows = op.samples() > 0 ? op.samples() : (int) Math.ceil(h);
        int columns = op.samples() > 0 ? op.samples() : (int) Math.ceil(w);
        corners.clear();
        for (int a = 0; a < rows; a++) {
            for (int b = 0; b < columns; b++) {
                corners.sample(box.y + i * h + (a + 0.5) * h / rows, box.x + j * w + (b + 0.5) * w / columns);
            }
        }
    }
}
