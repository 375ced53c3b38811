package dev.quern.gradient;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The gradient of a composite that could not be expanded when the gradient was taken: operands are those of the
/// composite and then the cotangents of its results `seeded`, results the gradients of its operands `wanted`.
///
/// @param of the composite
/// @param arity how many operands it takes
record LatePullback(CompositeOp of, int arity, List<Integer> seeded, List<Integer> wanted) implements CompositeOp {

    LatePullback {
        seeded = List.copyOf(seeded);
        wanted = List.copyOf(wanted);
    }

    @Override
    public String name() {
        return of.name() + "Gradient";
    }

    @Override
    public List<Type> infer(Operands in) {
        return wanted.stream().map(in::type).toList();
    }

    @Override
    public Set<Integer> shapeOperands() {
        return of.shapeOperands();
    }

    @Override
    public boolean isExpandable(Operands in) {
        return of.isExpandable(new Operands() {
            @Override
            public int size() {
                return arity;
            }

            @Override
            public Type type(int i) {
                return in.type(i);
            }

            @Override
            public Optional<Tensor> value(int i) {
                return in.value(i);
            }
        });
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        List<Value> results = of.expand(g, in.subList(0, arity));
        Map<Value, Optional<Value>> gradients = new LinkedHashMap<>();
        wanted.forEach(i -> gradients.put(in.get(i), Optional.empty()));
        List<Value> leaves = List.copyOf(gradients.keySet());
        List<Optional<Value>> found = Gradient.pullBack(
                g, seeded.stream().map(results::get).toList(), in.subList(arity, in.size()), leaves, n -> false);
        for (int i = 0; i < leaves.size(); i++) {
            gradients.put(leaves.get(i), found.get(i));
        }
        List<Value> out = new ArrayList<>();
        for (int i : wanted) {
            // a value that is several operands counts once
            Optional<Value> gradient = gradients.put(in.get(i), Optional.empty());
            out.add(gradient.orElseGet(() -> Gradient.zeros(g, in.get(i))));
        }
        return out;
    }
}
