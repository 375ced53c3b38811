package dev.quern.rewrite;

import dev.quern.graph.Graph;
import java.util.function.UnaryOperator;

/// A transformation of a graph that keeps its meaning, its inputs and its outputs.
public interface Pass extends UnaryOperator<Graph> {

    default String name() {
        return getClass().getSimpleName();
    }
}
