package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.HasBodies;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Chooses the release for a graph where none is asked for: [Release#BASE], or the newer one that brought the newest
/// operator that the graph has.
final class OpsetChoice {
    private OpsetChoice() {}

    static Release of(Graph graph) {
        List<Obstacle> obstacles = new ArrayList<>();
        Graph spelled = Spelling.of(graph, Release.NEWEST, obstacles);
        if (!obstacles.isEmpty()) {
            return Release.BASE.andNewer().stream()
                    .filter(r -> isSayable(graph, r))
                    .findFirst()
                    .orElse(Release.BASE);
        }
        Uses uses = Uses.of(spelled);
        return uses.nodes().stream()
                .map(n -> of(n, uses))
                .max(Comparator.comparingInt(Release::opset))
                .orElse(Release.BASE);
    }

    private static boolean isSayable(Graph graph, Release release) {
        List<Obstacle> obstacles = new ArrayList<>();
        Spelling.of(graph, release, obstacles);
        return obstacles.isEmpty();
    }

    private static Release of(Node node, Uses uses) {
        Release own = Release.BASE.andNewer().stream()
                .filter(r -> hasForm(node, uses, r))
                .findFirst()
                .orElse(Release.BASE);
        return node.op() instanceof HasBodies outer
                ? outer.bodies().stream().map(OpsetChoice::of).reduce(own, (a, b) -> a.opset() > b.opset() ? a : b)
                : own;
    }

    private static boolean hasForm(Node node, Uses uses, Release release) {
        return node.op() instanceof OpaqueOp opaque
                ? OpaqueForms.refusal(opaque, release).isEmpty()
                : new Forms(release).of(node, NodeExport.Bodies.UNSAID, uses::isWanted) instanceof Forms.Fits;
    }
}
