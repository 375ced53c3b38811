package dev.quern.onnx;

import static dev.quern.onnx.Words.words;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.Contraction;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Convolutions;
import dev.quern.op.Einsum;
import dev.quern.op.Shaping;
import dev.quern.op.Sliding;
import dev.quern.tensor.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Adjoints of products and convolutions as products and convolutions of ONNX.
///
/// Along an axis, with stride s, dilation d, taps K, and padding l before and h after, extents X of the
/// operand and P of the result obey X + l + h = (P − 1)·s + (K − 1)·d + 1 + r with a rest 0 ≤ r < s. The
/// adjoints take h − r instead of h, for which X and P must be known unless s is 1.
final class ConvolutionWords {
    private ConvolutionWords() {}

    static List<Words<?>> all() {
        return List.of(
                words(Contraction.class, (op, g, in) -> g.apply(new Einsum(equation(op)), in.get(0), in.get(1))),
                words(
                        Convolutions.InputGradient.class,
                        (op, g, in) -> spreadOver(
                                g,
                                in.get(0),
                                in.get(1),
                                in.get(2),
                                Windowing.of(op.conv().sliding(), in.get(2), in.get(1), in.get(0)),
                                op.conv().group())),
                words(
                        Convolutions.WeightGradient.class,
                        (op, g, in) -> weights(
                                g,
                                in.get(1),
                                in.get(0),
                                in.get(2),
                                Windowing.of(op.conv().sliding(), in.get(1), in.get(2), in.get(0)),
                                op.conv().group())),
                words(ConvTranspose.OfInput.class, ConvolutionWords::transposedInput),
                words(
                        ConvTranspose.OfWeights.class,
                        (op, g, in) -> weights(
                                g,
                                in.get(0),
                                in.get(1),
                                in.get(2),
                                Windowing.of(op.conv(), in.get(1), in.get(2), in.get(0)),
                                op.conv().group())));
    }

    /// Letters that ONNX knows in place of those of ours.
    private static String equation(Contraction op) {
        List<Integer> letters =
                (op.a() + op.b() + op.out()).chars().distinct().boxed().toList();
        if (letters.size() > 2 * LETTERS) {
            throw new UnspellableException("an equation has no letters for " + letters.size() + " axes");
        }
        return renamed(op.a(), letters) + "," + renamed(op.b(), letters) + "->" + renamed(op.out(), letters);
    }

    private static final int LETTERS = 26;

    private static String renamed(String term, List<Integer> letters) {
        StringBuilder text = new StringBuilder();
        term.chars().forEach(c -> {
            int i = letters.indexOf(c);
            text.append((char) (i < LETTERS ? 'a' + i : 'A' + i - LETTERS));
        });
        return text.toString();
    }

    /// The adjoint of a convolution in its operand: each element of `dy` spreads `w` over zeros shaped as
    /// `x`.
    static Value spreadOver(GraphBuilder g, Value dy, Value w, Value x, Windowing windows, int group) {
        List<Integer> extra =
                windows.rest(x, w, dy).stream().map(h -> Math.max(0, -h)).toList();
        Sliding sliding = windows.sliding(windows.rest(x, w, dy));
        boolean none = extra.stream().allMatch(e -> e == 0);
        return g.apply(new ConvTranspose(sliding, group, none ? List.of() : extra, List.of()), dy, w);
    }

    /// The adjoint of a convolution in its weights: the batch takes the place of channels, strides and
    /// dilations change places.
    private static Value weights(GraphBuilder g, Value x, Value dy, Value w, Windowing windows, int group) {
        List<Integer> order = swapped(x.rank());
        Value batches = group == 1
                ? g.apply(new Arranging.Transpose(order), x)
                : grouped(g, x, group, w.shape().dim(1));
        Value taps = g.apply(new Arranging.Transpose(order), dy);
        Sliding sliding = windows.sliding(windows.rest(x, w, dy));
        Sliding exchanged = new Sliding(
                Sliding.AutoPad.EXPLICIT,
                sliding.pads(),
                /* strides= */ sliding.dilations(),
                /* dilations= */ sliding.strides());
        Value sums = g.apply(new Convolutions.Conv(exchanged, group), batches, taps);
        return g.apply(new Arranging.Transpose(order), cropped(g, sums, w));
    }

    private static List<Integer> swapped(int rank) {
        List<Integer> order = new ArrayList<>(List.of(1, 0));
        IntStream.range(2, rank).forEach(order::add);
        return order;
    }

    /// [N, G · C, …] as [C, G · N, …].
    private static Value grouped(GraphBuilder g, Value x, int group, Dim channels) {
        if (!channels.isFixed()) {
            throw new UnspellableException("the channels of a group must be known");
        }
        List<Value> spatial = IntStream.range(2, x.rank())
                .mapToObj(i -> ShapeWords.extent(g, x, i))
                .toList();
        List<Value> apart = new ArrayList<>(List.of(ShapeWords.extent(g, x, 0), g.longs(group, channels.extent())));
        apart.addAll(spatial);
        List<Integer> order = new ArrayList<>(List.of(2, 1, 0));
        IntStream.range(3, x.rank() + 1).forEach(order::add);
        Value moved = g.apply(
                new Arranging.Transpose(order), g.apply(new Shaping.Reshape(false), x, ShapeWords.joined(g, apart)));
        List<Value> together = new ArrayList<>(List.of(g.longs(channels.extent(), -1)));
        together.addAll(spatial);
        return g.apply(new Shaping.Reshape(false), moved, ShapeWords.joined(g, together));
    }

    /// The first positions of each spatial axis, as many as `like` has.
    static Value cropped(GraphBuilder g, Value v, Value like) {
        boolean fits = IntStream.range(2, v.rank())
                .allMatch(i -> v.shape().dim(i).isFixed()
                        && v.shape().dim(i).equals(like.shape().dim(i)));
        if (fits) {
            return v;
        }
        long[] axes = IntStream.range(2, v.rank()).asLongStream().toArray();
        Value ends = ShapeWords.joined(
                g,
                IntStream.range(2, v.rank())
                        .mapToObj(i -> ShapeWords.extent(g, like, i))
                        .toList());
        return g.apply(new Arranging.Slice(), v, g.longs(new long[axes.length]), ends, g.longs(axes));
    }

    private static Value transposedInput(ConvTranspose.OfInput op, GraphBuilder g, List<Value> in) {
        Windowing windows = Windowing.of(op.conv(), in.get(2), in.get(1), in.get(0));
        Value dx = g.apply(
                new Convolutions.Conv(windows.sliding(windows.high()), op.conv().group()), in.get(0), in.get(1));
        return cropped(g, dx, in.get(2));
    }
}
