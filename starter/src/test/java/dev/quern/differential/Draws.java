package dev.quern.differential;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// The table of the generator.
final class Draws {
    static final List<OperatorDraw> ROWS = Stream.of(
                    ElementwiseDraws.rows(),
                    ReductionDraws.rows(),
                    ShapingDraws.rows(),
                    IndexingDraws.rows(),
                    ProductDraws.rows(),
                    PoolDraws.rows(),
                    QuantizationDraws.rows(),
                    OtherDraws.rows(),
                    ControlDraws.rows(),
                    NewerDraws.rows(),
                    QLinearDraws.rows(),
                    MicrosoftDraws.rows(),
                    LabelDraws.rows(),
                    MlDraws.rows())
            .flatMap(List::stream)
            .toList();

    static final int OLDEST = 7;
    private static final int MOST_NODES = 6;

    private Draws() {}

    static OperatorDraw named(String name) {
        return ROWS.stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
    }

    /// A chain of up to six nodes of any rows, in any opset.
    static RandomGraph chain(long seed, OnnxRuntime oracle) {
        Random random = RandomGraph.random(~seed);
        int opset = random.nextInt(OLDEST, OperatorDraw.NEWEST + 1);
        List<OperatorDraw> rows = ROWS.stream()
                .filter(r -> r.since() <= opset && r.until() >= opset)
                .toList();
        return grown(new RandomGraph(seed, opset, oracle), rows, random);
    }

    /// A chain whose floats are all doubles, in the newest opset.
    static RandomGraph doubles(long seed, OnnxRuntime oracle) {
        Random random = RandomGraph.random(~seed);
        List<OperatorDraw> rows =
                ROWS.stream().filter(r -> r.until() == OperatorDraw.NEWEST).toList();
        return grown(RandomGraph.ofDoubles(seed, OperatorDraw.NEWEST, oracle), rows, random);
    }

    private static RandomGraph grown(RandomGraph graph, List<OperatorDraw> rows, Random random) {
        int wanted = random.nextInt(1, MOST_NODES + 1);
        for (int tries = 5 * wanted; tries > 0 && graph.nodes().size() < wanted; tries--) {
            graph.grow(rows.get(random.nextInt(rows.size())));
        }
        return graph;
    }
}
