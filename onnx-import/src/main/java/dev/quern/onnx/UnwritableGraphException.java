package dev.quern.onnx;

import dev.quern.session.ModelException;
import java.util.List;
import java.util.stream.Collectors;

/// A graph has no form in the operator sets of ONNX that were asked for; the message has a line for each node
/// that stands in the way.
public final class UnwritableGraphException extends ModelException {
    private static final long serialVersionUID = 1L;

    private final transient List<Obstacle> obstacles;

    UnwritableGraphException(int opset, List<Obstacle> obstacles) {
        super("the graph cannot be written as ONNX of opset " + opset + ", "
                + (obstacles.size() == 1 ? "one node stands" : obstacles.size() + " nodes stand") + " in the way:"
                + obstacles.stream().map(o -> "\n  " + o).collect(Collectors.joining()));
        this.obstacles = List.copyOf(obstacles);
    }

    /// Every node that stands in the way.
    public List<Obstacle> obstacles() {
        return obstacles;
    }
}
