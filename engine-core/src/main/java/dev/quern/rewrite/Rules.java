package dev.quern.rewrite;

import static dev.quern.rewrite.Term.apply;
import static dev.quern.rewrite.Term.variable;

import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Logic;
import dev.quern.op.Passing;
import java.util.List;

/// The equations of the standard passes. Each keeps every bit of the result.
public final class Rules {
    private static final Term X = variable("x");

    /// Rules that hold wherever they match.
    public static final List<Rule> EXACT = List.of(
            new Rule("identity", apply(new Passing.Identity(), X), X),
            new Rule("double negation", apply(Arithmetic.NEG, apply(Arithmetic.NEG, X)), X),
            new Rule("double not", apply(Logic.NOT, apply(Logic.NOT, X)), X),
            new Rule("relu twice", apply(Activations.RELU, apply(Activations.RELU, X)), apply(Activations.RELU, X)),
            new Rule("silu", apply(Arithmetic.MUL, X, apply(Activations.SIGMOID, X)), apply(Activations.SILU, X)),
            new Rule(
                    "silu, swapped",
                    apply(Arithmetic.MUL, apply(Activations.SIGMOID, X), X),
                    apply(Activations.SILU, X)));

    private Rules() {}
}
