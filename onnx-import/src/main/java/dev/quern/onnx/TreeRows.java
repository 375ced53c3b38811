package dev.quern.onnx;

import static dev.quern.onnx.Row.ml;

import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.Joining;
import dev.quern.op.TreeEnsemble;
import dev.quern.op.TreeEnsemble.Aggregate;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Tree ensembles of ONNX-ML opsets 1 and 3. The leaves' weights and the base values become parameters.
///
/// Where the standard is silent or read differently, this follows ONNX Runtime: scores of two classes of
/// which only one has weights; a regressor's single target, which only PROBIT transforms.
final class TreeRows {
    private TreeRows() {}

    static List<Row> rows() {
        return List.of(
                ml("TreeEnsembleClassifier", 1, TreeRows::classifier),
                ml("TreeEnsembleRegressor", 1, TreeRows::regressor)
                        .writesAlso(TreeEnsemble.class, OlderTreeWriter::write),
                ml("TreeEnsemble", 5, TreeEnsembleRow::ensemble).writes(TreeEnsemble.class, TreeWriter::write));
    }

    /// The attributes of one node, read once.
    ///
    /// @param prefix `class` or `target`: whose weights the leaves give
    record Ensemble(NodeImport n, String prefix, Tensor weights) {
        static Ensemble of(NodeImport n, String prefix) {
            return new Ensemble(
                    n,
                    prefix,
                    floats(n, prefix + "_weights")
                            .orElseThrow(() ->
                                    new UnsupportedNodeException("attribute " + prefix + "_weights is required")));
        }

        /// A list of floats, or since opset 3 a tensor that may hold doubles.
        static Optional<Tensor> floats(NodeImport n, String name) {
            Optional<Tensor> tensor = n.tensor(name + "_as_tensor");
            return tensor.isPresent() ? tensor : n.numbers(name).map(f -> Tensor.of(f, f.length));
        }

        long[] ints(String name) {
            return n.integers(name)
                    .orElseThrow(() -> new UnsupportedNodeException("attribute " + name + " is required"));
        }

        long[] ids() {
            return ints(prefix + "_ids");
        }

        boolean allPositive() {
            return Arrays.stream(weights.toDoubles()).allMatch(w -> w >= 0);
        }

        Optional<Tensor> base() {
            return floats(n, "base_values").filter(t -> t.length() > 0);
        }

        /// What the trees say, in f32, `[N,targets]`.
        Value scores(int targets, Aggregate how) {
            TreeEnsemble op = new TreeEnsemble(TreeReader.read(this, targets), how);
            Value scores = n.apply(op, n.in(0), n.parameter(prefix + "_weights", weights));
            return scores.dtype() == DType.F32 ? scores : n.apply(new Casting.Cast(DType.F32), scores);
        }

        Value plusBase(Value scores, int targets) {
            Optional<Tensor> base = base().filter(b -> b.length() == targets || b.length() == 1);
            return base.isEmpty()
                    ? scores
                    : n.apply(
                            Arithmetic.ADD,
                            scores,
                            n.apply(new Casting.Cast(DType.F32), n.parameter("base_values", base.get())));
        }
    }

    private static List<Value> regressor(NodeImport n) {
        int targets = (int) n.integer("n_targets", 1);
        Ensemble trees = Ensemble.of(n, "target");
        Aggregate how = aggregate(n.text("aggregate_function", "SUM"));
        Value y = trees.plusBase(trees.scores(targets, how), targets);
        PostTransform transform = PostTransform.of(n);
        boolean plain = targets == 1 && transform != PostTransform.PROBIT;
        return List.of(plain ? y : transform.apply(n, y));
    }

    static Aggregate aggregate(String text) {
        try {
            return Aggregate.valueOf(text);
        } catch (IllegalArgumentException e) {
            throw new UnsupportedNodeException("unknown aggregate_function " + text);
        }
    }

    private static List<Value> classifier(NodeImport n) {
        ClassLabels labels = ClassLabels.of(n);
        PostTransform transform = PostTransform.of(n);
        Ensemble trees = Ensemble.of(n, "class");
        long[] scored = Arrays.stream(trees.ids()).distinct().toArray();
        if (labels.count() <= 1 || (labels.count() == 2 && scored.length == 1)) {
            return oneScore(n, trees, labels, transform);
        }
        Value scores = trees.plusBase(trees.scores(labels.count(), Aggregate.SUM), labels.count());
        return List.of(labels.ofHighest(n, scores), transform.apply(n, scores));
    }

    /// One score for two classes: the second wins above 0.5 where no weight is negative (a probability),
    /// else above 0.
    private static List<Value> oneScore(NodeImport n, Ensemble trees, ClassLabels labels, PostTransform transform) {
        Value sum = trees.scores(1, Aggregate.SUM);
        Value s =
                trees.base().map(b -> n.apply(Arithmetic.ADD, sum, base(n, b))).orElse(sum);
        boolean probability = trees.allPositive();
        Value label = labels.ofPositive(n, s, probability && labels.count() == 2 ? 0.5 : 0);
        if (labels.count() != 2) {
            return List.of(label, s);
        }
        if (trees.ids()[0] == 1) {
            Value zero = n.apply(Arithmetic.SUB, s, s);
            return List.of(label, transform.apply(n, n.apply(new Joining.Concat(1), zero, s)));
        }
        return List.of(label, both(n, s, probability, transform));
    }

    /// The base value of the one score: the only one, or that of the second class.
    private static Value base(NodeImport n, Tensor base) {
        return base.length() == 1
                ? n.apply(new Casting.Cast(DType.F32), n.parameter("base_values", base))
                : n.scalar(DType.F32, base.getDouble(1));
    }

    /// The scores of both classes from that of the second.
    private static Value both(NodeImport n, Value s, boolean probability, PostTransform transform) {
        if (transform == PostTransform.LOGISTIC) {
            Value other = n.apply(Activations.SIGMOID, n.apply(Arithmetic.NEG, s));
            return n.apply(new Joining.Concat(1), other, n.apply(Activations.SIGMOID, s));
        }
        if (transform == PostTransform.PROBIT || probability) {
            return MlRows.complement(n, transform == PostTransform.PROBIT ? transform.apply(n, s) : s);
        }
        return n.apply(new Joining.Concat(1), n.apply(Arithmetic.NEG, s), s);
    }
}
