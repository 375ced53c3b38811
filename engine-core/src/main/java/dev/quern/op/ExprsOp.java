package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Several element-wise expressions of the same operands, with broadcasting, in one pass over memory: an optimizer's
/// step writes a parameter and its state. Has no gradient.
///
/// @param exprs one for each result, over arguments 0 … arity−1, which have the operands' types
public record ExprsOp(String name, int arity, List<Expr> exprs) implements PrimitiveOp {
    public ExprsOp {
        exprs = List.copyOf(exprs);
    }

    @Override
    public boolean isDifferentiable() {
        return false;
    }

    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(arity, arity);
        return exprs.stream().map(Expr::dtype).toList();
    }

    @Override
    public List<Shape> shapes(Operands in) {
        Shape s = in.shape(0);
        for (int i = 1; i < arity; i++) {
            s = s.broadcast(in.shape(i));
        }
        return java.util.Collections.nCopies(exprs.size(), s);
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        Shape shape = shapes(Operands.ofValues(in)).getFirst();
        List<Tensor> out =
                exprs.stream().map(e -> Tensor.zeros(e.dtype(), shape)).toList();
        int[] dims = shape.intExtents();
        View[] views = in.stream()
                .map(t -> View.dense(0, t.dtype(), t.shape().intExtents()).expand(dims))
                .toArray(View[]::new);
        Positions positions = new Positions(dims, views);
        ScalarProgram program = ScalarProgram.of(exprs, Rounding.ORACLE);
        Elements[] data = in.stream().map(Tensor::elements).toArray(Elements[]::new);
        Elements[] results = out.stream().map(Tensor::elements).toArray(Elements[]::new);
        int[] at = new int[results.length];
        for (int linear = 0; linear < out.getFirst().length(); linear++, positions.next()) {
            java.util.Arrays.fill(at, linear);
            program.store(data, positions.at(), positions.index(), linear, results, at);
        }
        return out;
    }

    @Override
    public void lower(Lowering l) {
        List<View> out = new ArrayList<>();
        for (int i = 0; i < exprs.size(); i++) {
            out.add(l.output(i));
        }
        int[] dims = out.getFirst().dims();
        List<View> in =
                IntStream.range(0, arity).mapToObj(i -> l.input(i).expand(dims)).toList();
        l.emit(new Kernel.Map(in, exprs, out));
    }

    static Stream<Example> examples() {
        Expr x = Expr.arg(0, DType.F32);
        Expr y = Expr.arg(1, DType.F32);
        ExprsOp both = new ExprsOp("SumAndProduct", 2, List.of(x.plus(y), x.times(y)));
        return Stream.of(
                Example.of(both, Example.f32(3, 5), Example.f32(5)),
                Example.of(both, Example.f32(), Example.f32(0, 2)));
    }
}
