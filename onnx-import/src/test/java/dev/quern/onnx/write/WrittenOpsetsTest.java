package dev.quern.onnx.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Example;
import dev.quern.graph.Graph;
import dev.quern.onnx.UnwritableGraphException;
import dev.quern.tensor.Datum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each example of each operator, as a graph of one node, is written at every opset and gives the same values when it
/// is read again; or it is refused, and stands in `refused.txt`: operator, opset, how many of its examples.
final class WrittenOpsetsTest {
    private static final int OLDEST = 7;
    private static final int NEWEST = 28;
    private static final Path REFUSED = Path.of("src/test/resources/dev/quern/onnx/write/refused.txt");

    @TempDir
    Path folder;

    @Test
    void sameValuesAtEveryOpset() throws IOException {
        Map<String, Map<Integer, Integer>> refused = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        for (Example example : OperatorExamples.all()) {
            List<Datum> given = new ArrayList<>();
            Graph graph = WrittenOperatorsTest.graph(example, given);
            List<Datum> expected = new Evaluator().run(graph, given);
            String before = "";
            for (int opset = OLDEST; opset <= NEWEST; opset++) {
                Graph read;
                try {
                    read = Rewriting.through(graph, folder.resolve("model.onnx"), opset)
                            .graph();
                } catch (UnwritableGraphException e) {
                    refused.computeIfAbsent(example.op().name(), name -> new TreeMap<>())
                            .merge(opset, 1, Integer::sum);
                    continue;
                } catch (RuntimeException e) {
                    wrong.add(example + " at " + opset + ": " + e);
                    continue;
                }
                String said = read.toString();
                if (!said.equals(before)) {
                    difference(expected, read, given).ifPresent(d -> wrong.add(example + ": " + d + " in\n" + said));
                }
                before = said;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(lines(refused))
                .as("compared with %s: a line that is gone may go there too, a new one must not come", REFUSED)
                .isEqualTo(Files.readString(REFUSED));
    }

    private static Optional<String> difference(List<Datum> expected, Graph read, List<Datum> given) {
        try {
            return Closeness.first(expected, new Evaluator().run(read, given));
        } catch (RuntimeException e) {
            return Optional.of(e.toString());
        }
    }

    private static String lines(Map<String, Map<Integer, Integer>> refused) {
        return refused.entrySet().stream()
                .map(e -> e.getKey() + " "
                        + e.getValue().entrySet().stream()
                                .map(c -> c.getKey() + ":" + c.getValue())
                                .collect(Collectors.joining(" "))
                        + "\n")
                .collect(Collectors.joining());
    }
}
