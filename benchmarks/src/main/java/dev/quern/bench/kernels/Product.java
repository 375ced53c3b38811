package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A batch of products [m, k] · [k, n] in f32.
public record Product(Right right, int batch, int m, int k, int n) {
    /// Where the right side comes from.
    public enum Right {
        CONSTANT(""),
        ARGUMENT("ab-"),
        /// An argument [n, k], transposed.
        TURNED("abt-");

        private final String sign;

        Right(String sign) {
            this.sign = sign;
        }
    }

    private static final Pattern TEXT = Pattern.compile("(ab-|abt-|)(?:(\\d+)x)?(\\d+)-(\\d+)-(\\d+)");

    public Product(int m, int k, int n) {
        this(Right.CONSTANT, 1, m, k, n);
    }

    /// The product that [#toString] calls `text`.
    public static Product of(String text) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "a product is written M-K-N, perhaps with a batch, BxM-K-N, and with ab- before it where the right"
                            + " side is no constant (abt- where it is transposed), not \"" + text + "\"");
        }
        Right right = Right.CONSTANT;
        for (Right each : Right.values()) {
            right = each.sign.equals(m.group(1)) ? each : right;
        }
        int batch = m.group(2) == null ? 1 : Integer.parseInt(m.group(2));
        return new Product(
                right, batch, Integer.parseInt(m.group(3)), Integer.parseInt(m.group(4)), Integer.parseInt(m.group(5)));
    }

    /// `abt-12x128-64-128`: the right side, the batch where it is not 1, then m, k and n.
    @Override
    public String toString() {
        return right.sign + (batch > 1 ? batch + "x" : "") + m + "-" + k + "-" + n;
    }

    /// The model of this node.
    public Graph graph() {
        GraphBuilder g = new GraphBuilder("matmul-" + this);
        Layers l = Layers.in(g);
        Value x = g.input("x", matrices(m, k));
        Value y = switch (right) {
            case CONSTANT -> l.weights(k, k, n);
            case ARGUMENT -> g.input("w", matrices(k, n));
            case TURNED ->
                batch > 1
                        ? l.f().transpose(g.input("w", matrices(n, k)), 0, 2, 1)
                        : l.f().transpose(g.input("w", matrices(n, k)), 1, 0);
        };
        g.output("y", l.f().matMul(x, y));
        return g.build();
    }

    private Type matrices(int rows, int columns) {
        Shape shape = batch > 1 ? Shape.of(Dim.of(batch), Dim.of(rows), Dim.of(columns)) : Shape.of(rows, columns);
        return Type.tensor(DType.F32, shape);
    }
}
