package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.plain.ReduceStep;
import dev.quern.cpu.plain.RowShares;
import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Step;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// The steps of one program that have a generated form.
public final class Generated implements Elementwise {
    private static final Logger LOG = System.getLogger(Generated.class.getName());

    private final Generator generator;
    private final Transposer transposer;
    private final List<Switch<?>> switches = new ArrayList<>();

    /// Steps of one form share a switch: the layers of a network, the steps of a recurrence and the parameters of
    /// an optimizer are many steps of little work each.
    private final Map<OfMap, Switch<MapKernel>> maps = new HashMap<>();

    private final Map<OfFold, Switch<FoldKernel>> folds = new HashMap<>();

    public Generated(Generator generator, Transposer transposer) {
        this.generator = generator;
        this.transposer = transposer;
    }

    @Override
    public Transposer transposer() {
        return transposer;
    }

    @Override
    public Step map(Kernel.Map kernel) {
        return new MapTwin(kernel, this);
    }

    @Override
    public Step reduce(Kernel.Reduce kernel) {
        Optional<Step> places = ShortArgStep.of(kernel, generator, transposer);
        if (places.isPresent()) {
            return places.get();
        }
        try {
            return new ReduceTwin(kernel, this);
        } catch (NotGenerated e) {
            LOG.log(Level.DEBUG, "a reduction is interpreted: {0}", e.getMessage());
            return new ReduceStep(kernel);
        }
    }

    @Override
    public Optional<RowShares> shares(Kernel.Reduce statistics, int atOnce, Expr share) {
        return GeneratedShares.of(statistics, atOnce, share, generator, transposer);
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

    /// The generated form of expressions over a loop whose first arguments are `states`.
    Switch<MapKernel> map(List<Expr> exprs, List<Access> states, Loop loop) {
        List<Access> views = new ArrayList<>(states);
        try {
            views.addAll(loop.accesses());
        } catch (NotGenerated none) {
            return made(
                    () -> {
                        throw none;
                    },
                    false);
        }
        return map(exprs, views);
    }

    private record OfMap(StraightLine line, List<Access> views) {}

    /// The generated form of expressions whose argument k is `views[k]`; those of the results are last.
    Switch<MapKernel> map(List<Expr> exprs, List<Access> views) {
        return maps.computeIfAbsent(
                new OfMap(StraightLine.of(exprs), List.copyOf(views)),
                key -> made(() -> generator.map(exprs, key.views()), generator.assembles()));
    }

    private record OfFold(BinaryFn fn, StraightLine element, List<Access> views, boolean simple) {}

    /// The generated form of a pass whose argument k is `views[k]`.
    ///
    /// @param simple whether rows are such as a [FoldAssembler] takes
    Switch<FoldKernel> fold(Pass pass, List<Access> views, boolean simple) {
        return folds.computeIfAbsent(
                new OfFold(pass.fn(), StraightLine.of(pass.element()), List.copyOf(views), simple),
                key -> made(
                        () -> generator.fold(pass, key.views(), key.simple()), key.simple() && generator.assembles()));
    }

    private <K> Switch<K> made(Supplier<Twin<K>> source, boolean quick) {
        Switch<K> made = new Switch<>(generator, source, quick);
        switches.add(made);
        return made;
    }
}
