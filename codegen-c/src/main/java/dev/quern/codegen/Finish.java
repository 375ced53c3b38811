package dev.quern.codegen;

import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The end of a kernel that accumulates: expressions of the states and of elements beside them, stored.
record Finish(List<View> operands, List<Expr> exprs, List<View> outputs) {

    /// Whether the result depends on where it is stored.
    boolean readsIndex() {
        return StraightLine.of(exprs).readsIndex();
    }

    /// @param states variables, each in the type that it is computed in
    /// @param at the position in the output
    void write(KernelText text, List<String> states, List<String> at, List<String> extents) {
        List<String> results = new ArrayList<>();
        for (int j = 0; j < outputs.size(); j++) {
            results.add(isMove(j, states.size()) ? moved(text, j, states.size(), at) : "");
        }
        List<String> computed = Scalars.write(
                text,
                computedOnes(states.size()),
                Scalars.Operands.at(
                        at,
                        extents,
                        index -> index < states.size()
                                ? states.get(index)
                                : text.load(operands.get(index - states.size()), at)));
        int next = 0;
        for (int j = 0; j < outputs.size(); j++) {
            if (isMove(j, states.size())) {
                text.line("%s[%s] = %s;", text.pointer(outputs.get(j)), text.at(outputs.get(j), at), results.get(j));
            } else {
                text.store(outputs.get(j), at, computed.get(next++));
            }
        }
    }

    private List<Expr> computedOnes(int states) {
        return IntStream.range(0, exprs.size())
                .filter(j -> !isMove(j, states))
                .mapToObj(exprs::get)
                .toList();
    }

    /// Whether the result is an operand as it is, whose bits are kept.
    private boolean isMove(int result, int states) {
        return exprs.get(result) instanceof Expr.Arg(int index, DType dtype)
                && index >= states
                && dtype == outputs.get(result).dtype();
    }

    private String moved(KernelText text, int result, int states, List<String> at) {
        View from = operands.get(exprs.get(result) instanceof Expr.Arg arg ? arg.index() - states : 0);
        String name = text.fresh("t");
        text.line("%s %s = %s[%s];", CTypes.stored(from.dtype()), name, text.pointer(from), text.at(from, at));
        return name;
    }
}
