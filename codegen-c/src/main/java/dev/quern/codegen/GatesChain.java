package dev.quern.codegen;

import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The steps of one [Fused.Form#GATES] while they are followed, each in the space of a gate.
final class GatesChain implements Chain {
    private static final int MOST_GATES = 4;
    /// From this many rows on the product alone comes in tiles, which make more of each element that is read.
    private static final int TILED_ROWS = 16;

    private final Kernel.Contract product;
    private final List<Buffer> buffers;
    private final List<Kernel.Map> maps = new ArrayList<>();
    private final Map<Integer, View> written = new HashMap<>();
    private int[] space = {};

    private GatesChain(Kernel.Contract product, List<Buffer> buffers) {
        this.product = product;
        this.buffers = buffers;
    }

    /// A chain that begins with `first`, if its result can be gates.
    static Optional<Chain> from(Kernel.Contract first, List<Buffer> buffers) {
        View out = first.output();
        boolean begins = Chain.isFloatProduct(first)
                && Chain.canLieInside(out, buffers)
                && out.length() > 0
                && out.dim(out.rank() - 2) < TILED_ROWS
                && !StraightLine.of(first.epilogue()).readsIndex();
        return begins ? Optional.of(new GatesChain(first, buffers)) : Optional.empty();
    }

    @Override
    public Set<Integer> inside() {
        return Set.of(product.output().buffer());
    }

    @Override
    public Set<Integer> stored() {
        return written.keySet();
    }

    @Override
    public boolean isWhole() {
        return !maps.isEmpty() && GatesCode.offsets(product, maps).size() <= MOST_GATES && !mayBeWrittenOver();
    }

    @Override
    public Fused fused() {
        List<Kernel> steps = new ArrayList<>(List.of(product));
        steps.addAll(maps);
        return new Fused(Fused.Form.GATES, steps, inside());
    }

    /// Whether a result may lie in the array of an argument that other items still read: a caller may give one array
    /// for both where nothing but a map of the same elements reads the argument when the result is written.
    private boolean mayBeWrittenOver() {
        return fused().steps().stream()
                        .flatMap(k -> k.inputs().stream())
                        .anyMatch(v -> buffers.get(v.buffer()).role() instanceof Buffer.Input)
                && written.keySet().stream().anyMatch(b -> buffers.get(b).role() instanceof Buffer.Output);
    }

    @Override
    public boolean add(Kernel kernel) {
        if (!(kernel instanceof Kernel.Map map) || StraightLine.of(map.exprs()).readsIndex()) {
            return false;
        }
        if (maps.isEmpty()) {
            space = space(map);
        }
        Optional<Kernel.Map> here = space.length == 0 ? Optional.empty() : Chain.inSpace(map, space);
        return here.filter(this::fits).map(this::added).isPresent();
    }

    private Kernel.Map added(Kernel.Map map) {
        maps.add(map);
        map.outputs().forEach(v -> written.put(v.buffer(), v));
        return map;
    }

    /// The rows of the product, and as many columns as leave all of the map's elements; empty where there are none.
    private int[] space(Kernel.Map map) {
        int[] dims = product.output().dims();
        int rows = product.output().length() / dims[dims.length - 1];
        int elements = map.outputs().getFirst().length();
        if (elements == 0 || elements % rows != 0) {
            return new int[0];
        }
        dims[dims.length - 1] = elements / rows;
        return dims;
    }

    private boolean fits(Kernel.Map map) {
        List<Kernel> readers = new ArrayList<>(fused().steps());
        readers.add(map);
        for (int i = 0; i < map.outputs().size(); i++) {
            View to = map.outputs().get(i);
            boolean isComputed =
                    to.dtype().computeType() == DType.F32 && !(map.exprs().get(i) instanceof Expr.Arg);
            if (!isComputed || written.containsKey(to.buffer()) || Chain.reads(readers, to.buffer())) {
                return false;
            }
        }
        return map.inputs().stream().allMatch(this::isGateOrOther);
    }

    private boolean isGateOrOther(View view) {
        if (view.buffer() == product.output().buffer()) {
            return isGate(view);
        }
        View result = written.get(view.buffer());
        return result == null || Chain.isSame(view, result);
    }

    /// Whether it goes through columns side by side in every row of the product.
    private boolean isGate(View view) {
        View all = product.output();
        int[] strides = Arrays.copyOf(all.strides(), all.rank());
        View gate = View.of(view.buffer(), all.dtype(), view.offset(), space, strides);
        return Chain.isSame(view, gate) && view.offset() + space[space.length - 1] <= all.dim(all.rank() - 1);
    }
}
