package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.expr.Substitution;
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

/// An operator with one result, each element of which is one expression of the position and of elements read
/// through views of the operands. The expression is the operator: meaning and kernel follow from it.
public interface MapOp extends PrimitiveOp {

    /// What is computed at every point of the result.
    ///
    /// @param views the operands that are read, with the dims of the result; argument i of the expression is
    /// view i
    /// @param element the element of the result
    record Loop(List<View> views, Expr element) {
        public Loop {
            views = List.copyOf(views);
        }

        static Loop of(Expr element, View... views) {
            return new Loop(List.of(views), element);
        }

        /// The same loop without views that the expression does not read.
        Loop withoutUnread() {
            List<Integer> read = ExprOp.arguments(element);
            return read.size() == views.size()
                    ? this
                    : new Loop(read.stream().map(views::get).toList(), Substitution.renumber(element, read::indexOf));
        }
    }

    /// The loop for operands `in` and a result of type `dtype` with dims `dims`.
    Loop loop(List<View> in, DType dtype, int... dims);

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        if (NumberedObjects.isNeeded(in)) {
            return NumberedObjects.evaluate(this, in);
        }
        Operands facts = Operands.ofValues(in);
        DType dtype = dtypes(facts).getFirst();
        Shape shape = shapes(facts).getFirst();
        List<View> operands = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            operands.add(View.dense(i, in.get(i).dtype(), in.get(i).shape().intExtents()));
        }
        int[] dims = shape.intExtents();
        Loop loop = loop(operands, dtype, dims);
        Elements[] data =
                loop.views().stream().map(v -> in.get(v.buffer()).elements()).toArray(Elements[]::new);
        Tensor out = Tensor.zeros(dtype, shape);
        Elements[] result = {out.elements()};
        ScalarProgram program = ScalarProgram.of(loop.element(), Rounding.ORACLE);
        Positions positions = new Positions(dims, loop.views().toArray(View[]::new));
        int[] at = new int[1];
        for (int linear = 0; linear < out.length(); linear++, positions.next()) {
            at[0] = linear;
            program.store(data, positions.at(), positions.index(), linear, result, at);
        }
        return List.of(out);
    }

    @Override
    default void lower(Lowering l) {
        View out = l.output(0);
        List<View> in = new ArrayList<>();
        for (int i = 0; i < l.inputs(); i++) {
            in.add(l.input(i));
        }
        Loop loop = loop(in, out.dtype(), out.dims()).withoutUnread();
        l.emit(new Kernel.Map(loop.views(), List.of(loop.element()), List.of(out)));
    }
}
