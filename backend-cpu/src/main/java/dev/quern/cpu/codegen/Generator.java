package dev.quern.cpu.codegen;

import dev.quern.cpu.run.Warmer;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import jdk.incubator.vector.FloatVector;

/// The generated kernels of a backend, by structure: one class serves every shape, stride and offset. Those used least
/// recently are forgotten, and collected once no program uses them.
public final class Generator {
    private static final int CAPACITY = 1024;

    private final Warmer warmer;
    private final boolean atOnce;
    private final int vectorBits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    private final Map<Object, Twin<?>> known = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Twin<?>> eldest) {
            return size() > CAPACITY;
        }
    };
    private int classes;

    /// @param atOnce whether generated kernels run from the first call on, cold as they are
    public Generator(Warmer warmer, boolean atOnce) {
        this.warmer = warmer;
        this.atOnce = atOnce;
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
            MapWriter writer = new MapWriter(line, views, vectorBits);
            MapKernel kernel = writer.write();
            return Twin.of(kernel, new MapTrial(kernel, exprs, views, writer.lanes()));
        });
    }

    private record FoldKey(BinaryFn fn, StraightLine line, List<Access> views) {}

    /// The kernel of a pass whose argument k is `views[k]`.
    Twin<FoldKernel> fold(Pass pass, List<Access> views) {
        return known(new FoldKey(pass.fn(), StraightLine.of(pass.element()), views), () -> {
            FoldKernel kernel = new FoldWriter(pass, views, vectorBits).write();
            return Twin.of(kernel, new FoldTrial(kernel, pass, views));
        });
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
