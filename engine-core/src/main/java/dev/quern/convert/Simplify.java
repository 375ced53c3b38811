package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.rewrite.Passes;

/// Makes a graph smaller for inference, never larger; see [Passes#simplified]. Values stay as they are but for the
/// rounding where scales go into the weights of convolutions and products.
public record Simplify() implements Transform {

    @Override
    public Graph apply(Graph graph) {
        return new NameLiterals().apply(Passes.simplified(graph));
    }

    @Override
    public boolean changesValues() {
        return true;
    }
}
