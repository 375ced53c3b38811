package dev.quern.cpu.codegen;

import dev.quern.cpu.run.Warmer;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.tensor.DType;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// The generated kernels of a backend, by structure: one class serves every shape, stride and offset. Those used least
/// recently are forgotten, and collected once no program uses them.
public final class Generator {
    private static final Logger LOG = System.getLogger(Generator.class.getName());
    private static final int CAPACITY = 1024;

    private final Warmer warmer;
    private final boolean atOnce;
    private final boolean vectors;
    private final @Nullable MapAssembler assembler;
    private final @Nullable FoldAssembler folds;
    private final Map<Object, Twin<?>> known = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Twin<?>> eldest) {
            return size() > CAPACITY;
        }
    };
    private int classes;

    /// @param atOnce whether generated kernels run from the first call on, cold as they are
    /// @param vectors whether kernels may use the Vector API
    /// @param assembler makes those kernels of Maps that it can, where there is one
    /// @param folds makes those kernels of reductions that it can, where there is one
    public Generator(
            Warmer warmer,
            boolean atOnce,
            boolean vectors,
            @Nullable MapAssembler assembler,
            @Nullable FoldAssembler folds) {
        this.warmer = warmer;
        this.atOnce = atOnce;
        this.vectors = vectors;
        this.assembler = assembler;
        this.folds = folds;
    }

    private int vectorBits() {
        if (!vectors) {
            throw new NotGenerated("the Vector API is not there");
        }
        return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }

    /// Whether kernels of Maps need no warming.
    boolean assembles() {
        return assembler != null;
    }

    boolean atOnce() {
        return atOnce;
    }

    /// How many classes have been made.
    synchronized int classes() {
        return classes;
    }

    private record MapKey(StraightLine line, List<Access> views) {}

    /// The kernel of a Map whose argument k is `views[k]`; those of the results are last.
    Twin<MapKernel> map(List<Expr> exprs, List<Access> views) {
        StraightLine line = StraightLine.of(exprs);
        return known(new MapKey(line, views), () -> {
            MapAssembler quick = assembler;
            if (quick != null) {
                try {
                    LaneCode code = LaneCode.ofInstructions();
                    return Twin.fast(quick.assemble(code, new Lowering(code).lowerToStore(line, views), views));
                } catch (NotGenerated e) {
                    LOG.log(Level.DEBUG, "a Map is no machine code: {0}", e.getMessage());
                }
            }
            MapWriter writer = new MapWriter(line, views, vectorBits());
            MapKernel kernel = writer.write();
            return Twin.of(kernel, new MapTrial(kernel, exprs, views, writer.lanes()));
        });
    }

    private record FoldKey(BinaryFn fn, StraightLine line, List<Access> views, boolean simple) {}

    /// The kernel of a pass whose argument k is `views[k]`.
    ///
    /// @param simple whether rows are such as a [FoldAssembler] takes
    Twin<FoldKernel> fold(Pass pass, List<Access> views, boolean simple) {
        return known(new FoldKey(pass.fn(), StraightLine.of(pass.element()), views, simple), () -> {
            FoldAssembler quick = folds;
            if (quick != null && simple && pass.element().dtype() == DType.F32) {
                try {
                    return Twin.fast(assembled(quick, pass, views));
                } catch (NotGenerated e) {
                    LOG.log(Level.DEBUG, "a reduction is no machine code: {0}", e.getMessage());
                }
            }
            FoldKernel kernel = new FoldWriter(pass, views, vectorBits()).write();
            return Twin.of(kernel, new FoldTrial(kernel, pass, views));
        });
    }

    private static FoldKernel assembled(FoldAssembler assembler, Pass pass, List<Access> views) {
        LaneCode code = LaneCode.ofInstructions();
        Expr sum = Expr.arg(views.size(), DType.F32);
        Expr other = Expr.arg(views.size() + 1, DType.F32);
        int[] both = new Lowering(code)
                .lower(StraightLine.of(List.of(sum.apply(pass.fn(), pass.element()), sum.apply(pass.fn(), other))));
        int identity = Float.floatToRawIntBits((float) pass.identity());
        return assembler.assemble(code, identity, both[0], both[1], views);
    }

    @SuppressWarnings("unchecked") // a key is made for one kind of kernel
    private synchronized <K> Twin<K> known(Object key, Supplier<Twin<K>> maker) {
        Twin<?> twin = known.get(key);
        if (twin == null) {
            try {
                twin = maker.get();
                classes++;
            } catch (NotGenerated e) {
                twin = Twin.none(String.valueOf(e.getMessage()));
            }
            known.put(key, twin);
        }
        return (Twin<K>) twin;
    }

    /// Runs `task` in the background.
    void later(Runnable task) {
        warmer.submit(task);
    }

    void warm(Twin<?> twin) {
        twin.warm(warmer);
    }
}
