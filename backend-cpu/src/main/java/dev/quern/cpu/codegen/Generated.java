package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.plain.ReduceStep;
import dev.quern.cpu.run.Step;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// The steps of one program that have a generated form.
public final class Generated implements Elementwise {
    private final Generator generator;
    private final List<Switch<?>> switches = new ArrayList<>();

    public Generated(Generator generator) {
        this.generator = generator;
    }

    @Override
    public Step map(Kernel.Map kernel) {
        return new MapTwin(kernel, this);
    }

    @Override
    public Step reduce(Kernel.Reduce kernel) {
        return new ReduceStep(kernel);
    }

    @Override
    public Epilogue epilogue(Expr expr, List<View> operands, View output, int base) {
        return new EpilogueTwin(expr, operands, output, base, this);
    }

    /// Has every kernel generated and warmed, whether it is worth it or not.
    @Override
    public void prepare() {
        switches.forEach(Switch::ask);
    }

    /// The generated form of expressions over a loop whose first arguments are states of type `f32`.
    Switch<MapKernel> map(List<Expr> exprs, int states, Loop loop) {
        Switch<MapKernel> made = new Switch<>(generator, () -> {
            List<Access> views = new ArrayList<>();
            for (int k = 0; k < states; k++) {
                views.add(new Access(DType.F32, false));
            }
            views.addAll(loop.accesses());
            return generator.map(exprs, views);
        });
        switches.add(made);
        return made;
    }
}
