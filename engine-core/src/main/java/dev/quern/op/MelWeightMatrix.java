package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Weights that turn a spectrum into bands of equal width on the mel scale, 2595 · log10(1 + f / 700): a triangle of
/// height 1 for each band, `[length / 2 + 1, bands]`. ONNX MelWeightMatrix, opset 17.
///
/// Operands, all scalars of known value: the number of bands, the length of the transform, the sample rate, the lowest
/// and the highest frequency.
public record MelWeightMatrix(DType dtype) implements PrimitiveOp {

    @Override
    public Set<Integer> shapeOperands() {
        return Set.of(0, 1, 2, 3, 4);
    }

    @Override
    public boolean isDifferentiable() {
        return false;
    }

    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(5, 5);
        return List.of(dtype);
    }

    @Override
    public List<Shape> shapes(Operands in) {
        Optional<long[]> bands = in.longs(0);
        Optional<long[]> length = in.longs(1);
        return List.of(Shape.of(
                length.map(n -> Dim.of(n[0] / 2 + 1)).orElse(Dim.UNKNOWN),
                bands.map(n -> Dim.of(n[0])).orElse(Dim.UNKNOWN)));
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        int bands = (int) in.get(0).getLong(0);
        long length = in.get(1).getLong(0);
        double rate = in.get(2).getDouble(0);
        double low = mel(in.get(3).getDouble(0));
        double step = (mel(in.get(4).getDouble(0)) - low) / (bands + 2);
        int[] corners = IntStream.range(0, bands + 2)
                .map(i -> (int) Math.floor((length + 1) * hertz(low + i * step) / rate))
                .toArray();
        Tensor out = Tensor.zeros(dtype, length / 2 + 1, bands);
        if (corners[bands] > length / 2 || corners[bands + 1] > length / 2 + 1) {
            throw new ShapeException("the highest frequency, " + in.get(4).getDouble(0)
                    + ", must be at most half of the" + " sample rate, " + rate);
        }
        for (int band = 0; band < bands; band++) {
            int left = corners[band];
            int peak = corners[band + 1];
            int right = corners[band + 2];
            for (int bin = left; bin < peak; bin++) {
                out.elements().set(bin * bands + band, (bin - left) / (double) (peak - left));
            }
            out.elements().set(peak * bands + band, 1.0);
            for (int bin = peak; bin < right; bin++) {
                out.elements().set(bin * bands + band, (right - bin) / (double) (right - peak));
            }
        }
        return List.of(out);
    }

    private static double mel(double hertz) {
        return 2595 * Math.log10(1 + hertz / 700);
    }

    private static double hertz(double mel) {
        return 700 * (Math.pow(10, mel / 2595) - 1);
    }

    @Override
    public void lower(Lowering l) {
        List<Tensor> in =
                IntStream.range(0, 5).mapToObj(i -> l.value(i).orElseThrow()).toList();
        l.alias(0, l.constant(evaluate(in).getFirst()));
    }

    private static Example.Operand number(double value) {
        return Example.fixed(Tensor.scalar(DType.F32, value)).notDifferentiable();
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(
                        new MelWeightMatrix(DType.F32),
                        Example.fixed(Tensor.scalar(DType.I32, 8L)),
                        Example.fixed(Tensor.scalar(DType.I32, 16L)),
                        Example.fixed(Tensor.scalar(DType.I32, 8192L)),
                        number(0),
                        number(4096)),
                Example.of(
                        new MelWeightMatrix(DType.F64),
                        Example.fixed(Tensor.scalar(DType.I64, 3L)),
                        Example.fixed(Tensor.scalar(DType.I64, 65L)),
                        Example.fixed(Tensor.scalar(DType.I64, 16000L)),
                        number(20),
                        number(7600)));
    }
}
