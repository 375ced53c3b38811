package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// [Convolutions.Conv] of 8-bit integers, accumulated in `i32`. Zero points, operands 2 (of x, one number) and 3 (of w,
/// one number or one for each output), may be left out (0); padding counts as the zero point. ONNX ConvInteger, opset
/// 10.
public record ConvInteger(Sliding sliding, int group) implements Convolutions {

    @Override
    public boolean isDifferentiable() {
        return false;
    }

    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(2, 4);
        for (int i = 0; i < in.size(); i++) {
            in.require(i, i < 2 ? new DType[] {DType.I8, DType.U8} : new DType[] {in.dtype(i - 2)});
        }
        return List.of(DType.I32);
    }

    @Override
    public List<Shape> shapes(Operands in) {
        return List.of(Conv.shape(in, sliding, group, -1));
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        Shape shape = shapes(Operands.ofValues(in)).getFirst();
        Tensor x = in.get(0);
        Tensor w = in.get(1);
        Correlation c =
                Correlation.of(sliding, group, x.shape().intExtents(), w.shape().intExtents(), shape.intExtents());
        double[] sums = c.outputs(in.size() < 3 ? x : minus(x, in.get(2)), in.size() < 4 ? w : minus(w, in.get(3)));
        return List.of(Tensors.of(DType.I32, shape, sums));
    }

    private static Tensor minus(Tensor t, Tensor zero) {
        long[] out = t.toLongs();
        Positions p = new Positions(
                t.shape().intExtents(), spread(Strided.dense(zero), t.shape().intExtents()));
        for (int i = 0; i < out.length; i++, p.next()) {
            out[i] -= zero.getLong(p.at(0));
        }
        return Tensors.of(DType.I32, t.shape(), out);
    }

    /// A zero point over all elements, or one for each index of the first axis.
    private static View spread(View zero, int... dims) {
        int[] ones = new int[dims.length];
        Arrays.fill(ones, 1);
        ones[0] = zero.length();
        return Strided.as(zero, ones).expand(dims);
    }

    @Override
    public void lower(Lowering l) {
        View x = l.input(0);
        View w = l.input(1);
        View y = l.output(0);
        l.emit(new Kernel.Convolve(
                x,
                w,
                l.inputs() < 3 ? null : spread(l.input(2), x.dims()),
                l.inputs() < 4 ? null : spread(l.input(3), w.dims()),
                Correlation.of(sliding, group, x.dims(), w.dims(), y.dims()).forward(),
                DType.I32,
                List.of(),
                Expr.arg(0, DType.I32),
                y));
    }

    static Stream<Example> examples() {
        Sliding padded = Sliding.of(List.of(1, 1), List.of());
        Example.Operand x = Example.operand(DType.U8, 1, 2, 4, 4).in(0, 256);
        Example.Operand w = Example.operand(DType.I8, 2, 2, 3, 3).in(-128, 128);
        return Stream.of(
                Example.of(new ConvInteger(padded, 1), x, w),
                Example.of(new ConvInteger(padded, 1), x, w, Example.operand(DType.U8), Example.operand(DType.I8)),
                Example.of(new ConvInteger(padded, 1), x, w, Example.operand(DType.U8), Example.operand(DType.I8, 2)));
    }
}
