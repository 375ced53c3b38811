package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A convolution of square images in f32 with constant weights and a bias, with padding that keeps their extent but for
/// the stride; transposed where `stride` is negative.
public record Convolution(int in, int out, int taps, int stride, int dilation, int groups, int extent) {
    private static final Pattern TEXT =
            Pattern.compile("(\\d+)x\\1(?:(s|up)(\\d+))?(?:d(\\d+))?(?:g(\\d+))?-(\\d+)-(\\d+)-(\\d+)");

    /// The convolution that [#toString] calls `text`.
    public static Convolution of(String text) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "a convolution is written 3x3-IN-OUT-EXTENT, with s2 behind the taps for a stride, up2 for one that"
                            + " is transposed, d2 for a dilation, g32 for groups, not \"" + text + "\"");
        }
        int stride = number(m, 3);
        return new Convolution(
                number(m, 6),
                number(m, 7),
                number(m, 1),
                "up".equals(m.group(2)) ? -stride : stride,
                number(m, 4),
                number(m, 5),
                number(m, 8));
    }

    /// 1 where the text has none.
    private static int number(Matcher m, int group) {
        return m.group(group) == null ? 1 : Integer.parseInt(m.group(group));
    }

    /// `3x3s2g32-128-128-56`: taps, stride, dilation and groups where they are not 1, channels in and out, extent.
    @Override
    public String toString() {
        String kind = stride < 0 ? "up" + -stride : stride > 1 ? "s" + stride : "";
        String spread = (dilation > 1 ? "d" + dilation : "") + (groups > 1 ? "g" + groups : "");
        return taps + "x" + taps + kind + spread + "-" + in + "-" + out + "-" + extent;
    }

    /// The model of this node.
    public Graph graph() {
        GraphBuilder g = new GraphBuilder("conv" + this);
        Layers l = Layers.in(g);
        Value x = l.input("x", DType.F32, in, extent, extent);
        g.output(
                "y",
                stride < 0
                        ? l.convTranspose(x, in, out, taps, -stride)
                        : l.conv(x, in, out, taps, stride, dilation, groups));
        return g.build();
    }
}
