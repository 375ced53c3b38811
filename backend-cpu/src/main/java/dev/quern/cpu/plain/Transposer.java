package dev.quern.cpu.plain;

/// Turns matrices of floats over: what were rows become columns.
public interface Transposer {
    /// `to[toAt + j · toStep + i] = from[at + i · step + j]` for i < `rows` and j < `columns`; the arrays do not
    /// overlap there.
    ///
    /// @throws IndexOutOfBoundsException where that is not within the arrays
    void turn(float[] from, int at, int step, int rows, int columns, float[] to, int toAt, int toStep);

    /// In plain Java.
    Transposer PLAIN = new Transposer() {
        // rows at a time, whose lines of the cache are met again for the next columns
        private static final int BLOCK = 16;

        @Override
        public void turn(float[] from, int at, int step, int rows, int columns, float[] to, int toAt, int toStep) {
            for (int first = 0; first < rows; first += BLOCK) {
                int end = Math.min(rows, first + BLOCK);
                for (int j = 0; j < columns; j++) {
                    int target = toAt + j * toStep;
                    for (int i = first; i < end; i++) {
                        to[target + i] = from[at + i * step + j];
                    }
                }
            }
        }
    };
}
