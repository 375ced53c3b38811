package dev.quern.session;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Checks what a run is given against what the model declares.
final class InputCheck {
    private InputCheck() {}

    /// The inputs in the graph's order.
    ///
    /// @throws InputException for a name that is missing or unknown, a wrong element type, or a shape that does not
    ///     fit
    static List<Datum> inOrder(Graph graph, Map<String, ? extends Datum> given) {
        List<Datum> ordered = new ArrayList<>(graph.inputs().size());
        for (Value v : graph.inputs()) {
            Datum d = given.get(v.name());
            if (d == null) {
                refuseUnknown(graph, given);
                throw new InputException("input \"" + v.name() + "\" is missing; the model takes " + declared(graph));
            }
            ordered.add(d);
        }
        if (given.size() != ordered.size()) {
            refuseUnknown(graph, given);
        }
        check(graph, ordered);
        return ordered;
    }

    private static void refuseUnknown(Graph graph, Map<String, ? extends Datum> given) {
        for (String name : given.keySet()) {
            if (graph.input(name).isEmpty()) {
                throw new InputException("the model has no input \"" + name + "\"; it takes " + declared(graph));
            }
        }
    }

    static List<Datum> inOrder(Graph graph, Tensor... given) {
        if (given.length != graph.inputs().size()) {
            throw new InputException("the model takes " + graph.inputs().size() + " inputs, not " + given.length + ": "
                    + declared(graph));
        }
        List<Datum> ordered = List.of(given);
        check(graph, ordered);
        return ordered;
    }

    private static void check(Graph graph, List<Datum> given) {
        Map<String, Bound> symbols = new HashMap<>();
        for (int i = 0; i < given.size(); i++) {
            Value v = graph.inputs().get(i);
            if (v.type() instanceof TensorType declared) {
                checkTensor(v.name(), declared, given.get(i), symbols);
            } else if (!isSameKind(v.type(), given.get(i).type())) {
                throw wrong(v.name(), v.type(), given.get(i), "");
            }
        }
    }

    private record Bound(long extent, String by) {}

    private static void checkTensor(String name, TensorType declared, Datum given, Map<String, Bound> symbols) {
        if (!(given instanceof Tensor t) || t.dtype() != declared.dtype()) {
            throw wrong(name, declared, given, "");
        }
        if (!declared.shape().isRanked()) {
            return;
        }
        if (declared.shape().rank() != t.rank()) {
            throw wrong(name, declared, given, "");
        }
        for (int axis = 0; axis < t.rank(); axis++) {
            long extent = t.shape().dim(axis).extent();
            switch (declared.shape().dim(axis)) {
                case Dim.Fixed(long wanted) -> {
                    if (wanted != extent) {
                        throw wrong(name, declared, given, ": axis " + axis + " must be " + wanted);
                    }
                }
                case Dim.Symbol(String symbol) -> {
                    Bound bound = symbols.putIfAbsent(symbol, new Bound(extent, name));
                    if (bound != null && bound.extent() != extent) {
                        throw wrong(
                                name,
                                declared,
                                given,
                                ": " + symbol + " is " + bound.extent() + " by input \"" + bound.by() + "\"");
                    }
                }
                case Dim.Unknown() -> {}
            }
        }
    }

    private static InputException wrong(String name, Type declared, Datum given, String detail) {
        return new InputException("input \"" + name + "\" must be " + declared + ", not " + given.type() + detail);
    }

    private static boolean isSameKind(Type declared, Type given) {
        return declared.getClass() == given.getClass();
    }

    private static String declared(Graph graph) {
        return String.join(
                ", ",
                graph.inputs().stream()
                        .map(v -> "\"" + v.name() + "\" " + v.type())
                        .toList());
    }
}
