package dev.quern.compile;

import dev.quern.backend.RunControl;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Node;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Lets each node of a concrete graph emit its kernel. Nodes whose results are known or not needed emit nothing.
final class Lowerer {
    private final Draft draft = new Draft();
    private final GraphBuilder scratch = new GraphBuilder("known");
    private final Function<Tensor, Constant> constants;
    private final RunControl control;
    private final Map<Value, View> views = new IdentityHashMap<>();
    private final Map<Tensor, View> literals = new IdentityHashMap<>();

    private Lowerer(Function<Tensor, Constant> constants, RunControl control) {
        this.constants = constants;
        this.control = control;
    }

    /// @param constants gives the model's constant for a tensor of its graph, a new one for others
    static Draft lower(Graph graph, Function<Tensor, Constant> constants, RunControl control) {
        return new Lowerer(constants, control).run(graph);
    }

    private Draft run(Graph graph) {
        for (int i = 0; i < graph.inputs().size(); i++) {
            Value v = graph.inputs().get(i);
            int buffer = draft.buffer(v.dtype(), v.shape().elements(), new Buffer.Input(i));
            views.put(v, View.dense(buffer, v.dtype(), v.shape().intExtents()));
        }
        Set<Node> needed = needed(graph);
        for (Node n : graph.nodes()) {
            control.check();
            if (needed.contains(n)) {
                lower(n);
            }
        }
        draft.setOutputs(graph.outputs().stream().map(this::view).toList());
        return draft;
    }

    /// Nodes whose elements an output depends on.
    private Set<Node> needed(Graph graph) {
        Set<Node> needed = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.outputs().forEach(v -> need(v, needed));
        for (Node n : graph.nodes().reversed()) {
            control.check();
            if (!needed.contains(n)) {
                continue;
            }
            for (int i = 0; i < n.inputs().size(); i++) {
                if (!n.op().likeOperands().contains(i)
                        && !n.op().shapeOperands().contains(i)) {
                    need(n.input(i), needed);
                }
            }
        }
        return needed;
    }

    private void need(Value v, Set<Node> needed) {
        if (v.producer().isPresent() && scratch.valueOf(v).isEmpty()) {
            needed.add(v.producer().get());
        }
    }

    private void lower(Node n) {
        NodeLowering l = new NodeLowering(n);
        if (n.op() instanceof PrimitiveOp op) {
            op.lower(l);
        } else {
            List<View> in = java.util.stream.IntStream.range(0, n.inputs().size())
                    .mapToObj(l::contiguous)
                    .toList();
            List<View> out = java.util.stream.IntStream.range(0, n.outputs().size())
                    .mapToObj(l::output)
                    .toList();
            l.emit(new Kernel.Native(n.op(), in, out));
        }
        for (Value v : n.outputs()) {
            if (!views.containsKey(v)) {
                throw new IllegalStateException(n.title() + ": lowering gave no result for %" + v.name());
            }
        }
    }

    private View view(Value v) {
        View seen = views.get(v);
        if (seen != null) {
            return seen;
        }
        Tensor t = scratch.valueOf(v)
                .orElseThrow(() -> new IllegalStateException("value %" + v.name() + " is used before it is computed"));
        View view = literal(t);
        views.put(v, view);
        return view;
    }

    private View literal(Tensor t) {
        return literals.computeIfAbsent(t, key -> {
            int buffer = draft.buffer(t.dtype(), t.length(), new Buffer.Fixed(constants.apply(t)));
            return View.dense(buffer, t.dtype(), t.shape().intExtents());
        });
    }

    private final class NodeLowering implements Lowering {
        private final Node node;

        NodeLowering(Node node) {
            this.node = node;
        }

        @Override
        public int inputs() {
            return node.inputs().size();
        }

        @Override
        public View input(int i) {
            Value v = node.input(i);
            boolean typeOnly = node.op().likeOperands().contains(i) && !views.containsKey(v);
            return typeOnly ? View.dense(-1, v.dtype(), v.shape().intExtents()) : view(v);
        }

        @Override
        public View contiguous(int i) {
            View v = input(i);
            return v.isContiguous() ? v : copied(v);
        }

        @Override
        public View reshaped(int i, int... dims) {
            View v = input(i).reshape(dims);
            if (v != null) {
                return v;
            }
            View copy = copied(input(i));
            return View.dense(copy.buffer(), copy.dtype(), dims);
        }

        private View copied(View v) {
            View copy = draft.temporary(v.dtype(), v.dims());
            draft.copy(v, copy, node.origins());
            return copy;
        }

        @Override
        public Optional<Tensor> value(int i) {
            return scratch.valueOf(node.input(i));
        }

        @Override
        public View output(int i) {
            Value v = node.output(i);
            return views.computeIfAbsent(
                    v, key -> draft.temporary(v.dtype(), v.shape().intExtents()));
        }

        @Override
        public View temporary(DType dtype, int... dims) {
            return draft.temporary(dtype, dims);
        }

        @Override
        public View constant(Tensor tensor) {
            return literal(tensor);
        }

        @Override
        public void alias(int i, View view) {
            views.put(node.output(i), view);
        }

        @Override
        public void emit(Kernel kernel) {
            draft.emit(kernel, node.origins());
        }

        @Override
        public void copy(View from, View to) {
            draft.copy(from, to, node.origins());
        }
    }
}
