package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.tensor.Datum;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A graph out of another one: one step of a [Conversion]. A transform may change what a graph takes and gives; a pass
/// of the rewriter never does.
public interface Transform extends UnaryOperator<Graph> {

    /// Inputs for the graph that this makes out of `graph`, from inputs for `graph`.
    default Map<String, Datum> inputs(Graph graph, Map<String, Datum> given) {
        return given;
    }

    /// Whether the outputs may have other values afterwards, if only by rounding: those are compared.
    default boolean changesValues() {
        return false;
    }

    /// Nodes of `graph` that this leaves as they are though they might be expected to change.
    default List<ConversionReport.Kept> kept(Graph graph) {
        return List.of();
    }

    /// This, then `next`.
    default Transform then(Transform next) {
        Transform first = this;
        return new Transform() {
            @Override
            public Graph apply(Graph graph) {
                return next.apply(first.apply(graph));
            }

            @Override
            public Map<String, Datum> inputs(Graph graph, Map<String, Datum> given) {
                return next.inputs(first.apply(graph), first.inputs(graph, given));
            }

            @Override
            public boolean changesValues() {
                return first.changesValues() || next.changesValues();
            }
        };
    }
}
