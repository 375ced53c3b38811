package dev.quern.cpu.gemm;

/// How the columns of a product stand for the elements of a row of the output: `count` runs of `width`, of which each
/// begins `step` columns after the one before. The columns between mean nothing.
record Lines(int width, int step, int count) {

    static Lines of(int columns) {
        return new Lines(columns, columns, 1);
    }

    boolean hasGaps() {
        return count > 1 && step != width;
    }

    /// How many columns the product has.
    int positions() {
        return count == 0 ? 0 : (count - 1) * step + width;
    }

    /// How many elements they stand for.
    int elements() {
        return count * width;
    }

    /// How many elements the columns before `position` stand for.
    int elementsBefore(int position) {
        return position / step * width + Math.min(position % step, width);
    }

    /// Moves the sums of `rows` rows, whose columns begin at `position`, together over the gaps.
    void close(Sums sums, int rows, int position, int columns) {
        for (int i = 0; i < rows; i++) {
            int row = sums.at() + i * sums.step();
            int to = row;
            for (int line = position / step; line * step < position + columns; line++) {
                int from = Math.max(position, line * step);
                int n = Math.min(position + columns, line * step + width) - from;
                if (n > 0) {
                    System.arraycopy(sums.array(), row + from - position, sums.array(), to, n);
                    to += n;
                }
            }
        }
    }
}
