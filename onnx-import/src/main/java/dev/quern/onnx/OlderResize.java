package dev.quern.onnx;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Interpolation;
import dev.quern.op.Interpolation.Coordinates;
import dev.quern.op.Interpolation.Method;
import dev.quern.op.Interpolation.Nearest;
import dev.quern.op.Resize;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How opsets before 13 say Resize: up to 10 with factors only, and positions divided by them.
final class OlderResize {
    private OlderResize() {}

    /// Opset 11 wants operands that later ones leave out: an empty region, empty factors beside extents.
    static void withAllOperands(Resize op, NodeExport n) {
        ImageRows.resize(op, n);
        Value none = n.constant(Tensor.zeros(DType.F32, 0));
        List<Optional<Value>> said = n.operands();
        Optional<Value> region = said.get(1).or(() -> Optional.of(none));
        Optional<Value> factors = said.get(2).or(() -> Optional.of(none));
        n.operands(
                said.size() > 3
                        ? List.of(said.get(0), region, factors, said.get(3))
                        : List.of(said.get(0), region, factors));
    }

    /// Factors as an operand.
    static void byOperand(Resize op, NodeExport n) {
        boolean given = n.in(1).dtype() == DType.F32 && op.how().nearest() == Nearest.OUTER;
        n.text("mode", mode(op, n)).operands(n.in(0), given ? n.in(1) : n.constant(factors(op, n)));
    }

    /// Factors as an attribute.
    static void byAttribute(Resize op, NodeExport n) {
        n.text("mode", mode(op, n)).numbers("scales", factors(op, n).toFloats()).operands(n.in(0));
    }

    private static String mode(Resize op, NodeExport n) {
        Interpolation how = op.how();
        boolean plain = how.coordinates() == Coordinates.ASYMMETRIC
                && how.method() != Method.CUBIC
                && !how.antialias()
                && op.axes().isEmpty()
                && op.aspect() == Resize.Aspect.STRETCH
                && n.from(2).isEmpty();
        if (!plain) {
            throw n.unwritable("its Resize divides positions by a factor, and nothing else");
        }
        return ImageRows.lower(how.method());
    }

    /// The factors of all axes, which give the extents and the neighbours of `op`.
    private static Tensor factors(Resize op, NodeExport n) {
        Tensor given = n.requireConstant(1);
        Tensor factors = given.dtype() == DType.I64 ? wholeFactors(given, n) : given;
        double[] all = factors.toDoubles();
        boolean grows = Arrays.stream(all).allMatch(f -> f >= 1);
        boolean shrinks = Arrays.stream(all).allMatch(f -> f <= 1);
        Nearest nearest = op.how().nearest();
        boolean same = op.how().method() == Method.LINEAR
                || nearest == Nearest.OUTER
                || nearest == Nearest.FLOOR && grows
                || nearest == Nearest.CEIL && shrinks;
        if (!same) {
            throw n.unwritable("its Resize takes the neighbour below where an axis grows, and above where it shrinks");
        }
        return factors;
    }

    /// Extents as factors of f32, which give the same extents where they are whole.
    private static Tensor wholeFactors(Tensor extents, NodeExport n) {
        float[] factors = new float[extents.length()];
        for (int i = 0; i < factors.length; i++) {
            long from = n.in(0).shape().isRanked() && n.in(0).shape().dim(i).isFixed()
                    ? n.in(0).shape().dim(i).extent()
                    : 0;
            if (from == 0 || extents.getLong(i) % from != 0) {
                throw n.unwritable("its Resize knows factors only, and those of these extents are not whole");
            }
            long factor = extents.getLong(i) / from;
            factors[i] = factor;
        }
        return Tensor.of(factors, factors.length);
    }

    /// Coordinates that only opsets 11 and 12 have, by others that give the same neighbours: the floor of a
    /// position is what half a position less is rounded to.
    static Optional<List<Value>> halfPixel(Resize op, GraphBuilder g, List<Value> in) {
        Interpolation how = op.how();
        boolean same = how.coordinates() == Coordinates.TF_HALF_PIXEL_FOR_NN
                && how.method() == Method.NEAREST
                && how.nearest() == Nearest.FLOOR;
        return same
                ? Optional.of(g.apply(
                        new Resize(
                                new Interpolation(
                                        how.method(),
                                        Coordinates.HALF_PIXEL,
                                        Nearest.ROUND_PREFER_CEIL,
                                        how.cubicA(),
                                        how.excludeOutside(),
                                        how.antialias(),
                                        how.extrapolation()),
                                op.axes(),
                                op.aspect()),
                        in))
                : Optional.empty();
    }
}
