package dev.quern.train;

import dev.quern.expr.Expr;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.ControlFlow;
import dev.quern.op.ExprOp;
import dev.quern.op.Formula;
import dev.quern.op.Indexing;
import dev.quern.op.Logic;
import dev.quern.op.Reduce;
import dev.quern.op.Reductions;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;

/// Connectionist temporal classification (Graves et al., 2006) of scores [N, T, C] and labels [N, S]: minus the
/// logarithm of the likelihood of all ways to say the labels in T steps, with blanks between them. As PyTorch's
/// `ctc_loss` with mean reduction: each row's loss by its number of labels, then the mean over the rows. Scores are
/// taken as logarithms of likelihoods up to a constant for each step.
///
/// Rows with fewer than S labels are filled up with negative numbers. A row whose labels cannot be said in T steps has
/// an infinite loss.
///
/// @param blank the class that says nothing
public record CtcLoss(int blank) implements Loss {
    private static final int ROWS = 0;
    private static final int TIME = 1;
    private static final int CLASSES = 2;

    /// The logarithm of a likelihood of 0: finite, so that differences of two of them are numbers.
    private static final double NEVER = -1e30;

    @Override
    public void check(Value scores, Tensor labels) {
        requireFit(scores, labels.dtype(), labels.rank());
        Dim classes = scores.shape().dim(CLASSES);
        for (int i = 0; i < labels.length(); i++) {
            long label = labels.getLong(i);
            if (label == blank || (classes.isFixed() && label >= classes.extent())) {
                throw new DataException("label " + label + " of element " + i
                        + (label == blank
                                ? " is the blank"
                                : " is outside the " + classes + " classes of the scores " + scores.type()));
            }
        }
    }

    private static void requireFit(Value scores, DType labels, int rank) {
        if (!labels.isInteger() || scores.rank() != 3 || rank != 2) {
            throw new ShapeException("CTC takes scores [N, T, C] and class indices [N, S], not scores " + scores.type()
                    + " and labels of type " + labels + " and rank " + rank);
        }
    }

    @Override
    public Value of(GraphBuilder g, Value scores, Value label) {
        requireFit(scores, label.dtype(), label.rank());
        Formula f = new Formula(g);
        Value labels = f.cast(label, DType.I64);
        Value isPadding = f.less(labels, g.scalar(DType.I64, 0));
        Value padded = f.where(isPadding, blank, labels);
        Value said = withBlanks(f, padded);
        Value logs = g.apply(new Softmaxes.LogSoftmax(CLASSES), scores);
        Value places = f.expand(f.unsqueeze(said, TIME), f.shape(f.dims(logs, ROWS, TIME + 1), f.dim(said, 1)));
        Value each = g.apply(new Indexing.GatherElements(CLASSES), logs, places);
        Value last = paths(f, each, said);
        Value counted = ExprOp.apply(g, "Count", a -> a.getFirst().not().castTo(DType.I64), isPadding);
        Value length = f.reduce(Reduce.Kind.SUM, counted, 1);
        return mean(f, ends(f, last, length), f.cast(f.squeeze(length, 1), scores.dtype()));
    }

    /// [N, 2 S + 1]: a blank, then each label and a blank.
    private Value withBlanks(Formula f, Value labels) {
        Value blanks = Reductions.filled(f.g(), blank, labels);
        Value pairs = f.reshape(f.concat(2, f.unsqueeze(labels, 2), f.unsqueeze(blanks, 2)), 0, -1);
        Value first = f.expand(f.g().longs(blank), f.shape(f.dim(labels, 0), f.g().longs(1)));
        return f.concat(1, first, pairs);
    }

    /// The logarithms of the likelihoods of all ways through the steps that end at each place of `said`.
    private Value paths(Formula f, Value each, Value said) {
        Value first = f.squeeze(f.slice(each, TIME, 0, 1), TIME);
        Value started = f.concat(1, f.slice(first, 1, 0, 2), never(f, f.slice(first, 1, 2, Long.MAX_VALUE)));
        return f.g().apply(
                        new ControlFlow.Scan(step(each, said), 1, List.of(TIME), List.of(0), List.of(), List.of()),
                        List.of(started, f.slice(each, TIME, 1, Long.MAX_VALUE), said))
                .getFirst();
    }

    /// One step: from the same place, the one before, or, between different labels, past the blank.
    private Graph step(Value each, Value said) {
        GraphBuilder b = new GraphBuilder("step");
        Formula f = new Formula(b);
        Value before = b.input("before", Type.tensor(each.dtype(), said.shape()));
        Value now = b.input("now", Type.tensor(each.dtype(), said.shape()));
        Value labels = b.input("labels", said.type());
        Value isNew = b.apply(
                Logic.AND,
                b.apply(Logic.NOT, f.equal(labels, blank)),
                b.apply(Logic.NOT, b.apply(Logic.EQUAL, labels, moved(f, labels, 2, blank))));
        Value after = ExprOp.apply(
                b,
                "AnyWay",
                a -> anyOf(
                                a.get(0),
                                a.get(1),
                                Expr.select(a.get(3), a.get(2), a.get(2).like(NEVER)))
                        .plus(a.get(4)),
                before,
                moved(f, before, 1, NEVER),
                moved(f, before, 2, NEVER),
                isNew,
                now);
        b.output("after", after);
        return b.build();
    }

    private static Expr anyOf(Expr a, Expr b, Expr c) {
        Expr most = a.max(b).max(c).stopGradient();
        Expr sum =
                a.minus(most).exp().plus(b.minus(most).exp()).plus(c.minus(most).exp());
        return sum.log().plus(most);
    }

    /// Each place's value at the place that is `by` further.
    private static Value moved(Formula f, Value v, int by, double first) {
        Value padded = f.pad(v, 1, f.g().longs(by), f.g().longs(0), first);
        return f.slice(padded, 1, 0, -by);
    }

    private static Value never(Formula f, Value like) {
        return Reductions.filled(f.g(), NEVER, like);
    }

    /// The likelihood of ending at the last label or at the blank behind it.
    private static Value ends(Formula f, Value last, Value length) {
        GraphBuilder g = f.g();
        Value blankAt = f.mul(length, 2);
        Value labelAt = g.apply(Arithmetic.MAX, f.add(blankAt, -1), g.scalar(DType.I64, 0));
        Value isEmpty = f.equal(length, 0);
        return f.squeeze(
                ExprOp.apply(
                        g,
                        "Ends",
                        a -> anyOf(
                                a.get(0),
                                Expr.select(a.get(2), a.get(1).like(NEVER), a.get(1)),
                                a.get(0).like(NEVER)),
                        g.apply(new Indexing.GatherElements(1), last, blankAt),
                        g.apply(new Indexing.GatherElements(1), last, labelAt),
                        isEmpty),
                1);
    }

    private static Value mean(Formula f, Value logs, Value lengths) {
        Value each = ExprOp.apply(
                f.g(),
                "PerLabel",
                a -> Expr.select(
                        a.get(0).lt(NEVER / 2),
                        a.get(0).like(Double.POSITIVE_INFINITY),
                        a.get(0).negate().dividedBy(a.get(1).max(1))),
                logs,
                lengths);
        return f.g().apply(new Reduce(Reduce.Kind.MEAN, false), each);
    }
}
