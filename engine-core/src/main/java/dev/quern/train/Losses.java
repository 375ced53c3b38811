package dev.quern.train;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.graph.Graph;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The usual losses, each the mean over a batch, with PyTorch's meaning.
public final class Losses {
    private Losses() {}

    /// Cross-entropy of class scores and class indices; see [CrossEntropy].
    public static CrossEntropy crossEntropy() {
        return new CrossEntropy(0, OptionalLong.empty(), Optional.empty());
    }

    /// Mean squared error, as PyTorch's `mse_loss`.
    public static Loss mse() {
        return new PairwiseLoss("SquaredError", (x, y) -> square(x.minus(y)));
    }

    /// Mean absolute error, as PyTorch's `l1_loss`.
    public static Loss mae() {
        return new PairwiseLoss("AbsoluteError", (x, y) -> x.minus(y).abs());
    }

    /// Quadratic up to a distance of `delta`, linear beyond (Huber, 1964), as PyTorch's `huber_loss`.
    public static Loss huber(double delta) {
        if (delta <= 0) {
            throw new IllegalArgumentException("delta must be positive, not " + delta);
        }
        return new PairwiseLoss("Huber", (x, y) -> {
            Expr distance = x.minus(y).abs();
            Expr near = square(distance).times(0.5);
            Expr far = distance.minus(0.5 * delta).times(delta);
            return Expr.select(distance.lt(delta), near, far);
        });
    }

    /// Binary cross-entropy of logits (scores before the sigmoid) and labels from 0 to 1, as PyTorch's
    /// `binary_cross_entropy_with_logits`.
    public static Loss bceWithLogits() {
        return new PairwiseLoss(
                "BinaryCrossEntropy",
                (x, y) -> y.like(1)
                        .apply(BinaryFn.SUB, y)
                        .times(x)
                        .plus(x.negate().softplus()));
    }

    /// The Kullback-Leibler divergence of the model's distribution from the label's: scores whose softmax along the
    /// last axis, or logarithms of likelihoods, and likelihoods, as PyTorch's `kl_div` with the reduction
    /// `batchmean`.
    public static Loss klDivergence() {
        return RowLosses::divergence;
    }

    /// 1 − the cosine of the angle between output and label, vectors along the last axis, as PyTorch's
    /// `cosine_embedding_loss` of equal pairs.
    public static Loss cosine() {
        return RowLosses::cosine;
    }

    /// How much further an anchor is from one like it than from one unlike it, less a margin (Schroff et al.,
    /// 2015), as PyTorch's `triplet_margin_loss`. The output holds the three embeddings, [N, 3, D]; labels are not
    /// read.
    public static Loss triplet(double margin) {
        Setting.notNegative("the margin", margin);
        return (g, output, label) -> RowLosses.triplet(g, output, margin);
    }

    /// Connectionist temporal classification with class 0 as the blank; see [CtcLoss].
    public static CtcLoss ctc() {
        return new CtcLoss(0);
    }

    /// A loss as a graph of two inputs, output and label, and one output, the loss.
    public static Loss graph(Graph loss) {
        if (loss.inputs().size() != 2 || loss.outputs().size() != 1) {
            throw new IllegalArgumentException("a loss takes output and label and gives one number; this graph takes "
                    + loss.inputs().size() + " inputs and gives "
                    + loss.outputs().size());
        }
        return (g, output, label) -> g.inline(loss, List.of(output, label)).getFirst();
    }

    private static Expr square(Expr x) {
        return x.times(x);
    }
}
