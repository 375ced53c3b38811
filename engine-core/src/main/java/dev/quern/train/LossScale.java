package dev.quern.train;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;

/// What the loss is multiplied with before gradients of 16 bits are taken of it, and these divided by afterwards, so
/// that small ones are not lost: as large as it can be. As in PyTorch's `GradScaler` it doubles after 2000 batches, and
/// halves where a gradient became infinite; here the batch is then computed again.
final class LossScale {
    private static final double FIRST = 65536;
    private static final int PATIENCE = 2000;

    private final Tensor kept;

    /// @param kept scale and batches since it changed, f64[2]; written over
    LossScale(Tensor kept) {
        this.kept = kept;
    }

    /// What a training begins with.
    static Tensor initial() {
        return Tensor.of(new double[] {FIRST, 0}, 2);
    }

    /// The scale as the graph takes it.
    Tensor value() {
        return Tensor.scalar(DType.F32, kept.getDouble(0));
    }

    /// Halves the scale, unless the loss is not scaled up any more.
    boolean halve() {
        if (kept.getDouble(0) <= 1) {
            return false;
        }
        set(kept.getDouble(0) / 2, 0);
        return true;
    }

    /// After a batch that went well.
    void worked() {
        boolean grows = kept.getDouble(1) + 1 >= PATIENCE;
        set(grows ? 2 * kept.getDouble(0) : kept.getDouble(0), grows ? 0 : kept.getDouble(1) + 1);
    }

    private void set(double scale, double batches) {
        kept.elements().set(0, scale);
        kept.elements().set(1, batches);
    }
}
