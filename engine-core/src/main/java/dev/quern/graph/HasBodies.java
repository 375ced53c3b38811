package dev.quern.graph;

import java.util.List;

/// An operator with graphs inside (If, Loop, Scan …). Bodies capture nothing: outer values that they use are operands
/// of the node and inputs of the body.
public interface HasBodies {
    List<Graph> bodies();
}
