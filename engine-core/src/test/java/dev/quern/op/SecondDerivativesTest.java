package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The gradient of the gradient of every differentiable operator, beside central differences of the gradient.
class SecondDerivativesTest {
    private static final double STEP = 1e-5;
    private static final int MOST_ELEMENTS = 12;

    /// Where a factor is 0, the product of the others is the gradient of that factor, but how it changes with
    /// another that is 0 as well is not followed.
    static Stream<Trial> differentiable() {
        return GradientsTest.differentiable()
                .filter(t -> !(multiplies(t.op())
                        && t.operands().stream()
                                .filter(x -> x.dtype().isFloat())
                                .anyMatch(x -> Arrays.stream(x.toDoubles()).anyMatch(v -> v == 0))));
    }

    private static boolean multiplies(Op op) {
        return op instanceof Scattering s && s.mode() == Kernel.Combine.MULTIPLY || op instanceof Cumulation.CumProd;
    }

    @ParameterizedTest
    @MethodSource("differentiable")
    void agreesWithDifferencesOfTheGradient(Trial example) {
        Trial trial = example.inDouble();
        List<Integer> wanted = trial.differentiable();
        List<Integer> places = GradientsTest.places(trial, wanted);
        Graph once = Pullback.of(trial.graph(i -> !trial.isKnown(i) || wanted.contains(i)), places);
        Map<String, Datum> inputs = GradientsTest.inputs(trial, trial.evaluate());
        List<Integer> leaves = IntStream.range(0, once.inputs().size())
                .filter(i -> places.contains(i) || once.inputs().get(i).name().startsWith("dy"))
                .boxed()
                .toList();
        Graph twice = Pullback.of(once, leaves, "ddx");
        List<Datum> gradients = run(once, inputs);
        SplittableRandom random = new SplittableRandom(11);
        Map<String, Datum> all = new LinkedHashMap<>(inputs);
        for (int i = 0; i < gradients.size(); i++) {
            all.put("ddx" + i, drawn(gradients.get(i).asTensor(), random));
        }
        List<Datum> second = run(twice, all);
        for (int leaf : leaves) {
            String name = once.inputs().get(leaf).name();
            Tensor x = all.get(name).asTensor();
            int at = twice.outputNames().indexOf("d" + leaf);
            int stride = Math.max(1, x.length() / MOST_ELEMENTS);
            for (int k = 0; k < x.length(); k += stride) {
                double h = STEP * Math.max(1, Math.abs(x.getDouble(k)));
                double difference =
                        (weighted(once, moved(all, name, k, h)) - weighted(once, moved(all, name, k, -h))) / (2 * h);
                double got = at < 0 ? 0 : second.get(at).asTensor().getDouble(k);
                assertThat(Math.abs(got - difference))
                        .as("%s: ∂/∂%s[%d]: %s by differences, %s given", trial, name, k, difference, got)
                        .isLessThanOrEqualTo(1e-5 * Math.max(1, Math.abs(difference)));
            }
        }
    }

    private static List<Datum> run(Graph graph, Map<String, Datum> inputs) {
        List<Datum> in = new ArrayList<>();
        for (Value v : graph.inputs()) {
            in.add(inputs.get(v.name()));
        }
        return new Evaluator().run(graph, in);
    }

    private static double weighted(Graph once, Map<String, Datum> all) {
        List<Datum> gradients = run(once, all);
        double sum = 0;
        for (int i = 0; i < gradients.size(); i++) {
            Tensor d = gradients.get(i).asTensor();
            Tensor w = all.get("ddx" + i).asTensor();
            for (int k = 0; k < d.length(); k++) {
                sum += d.getDouble(k) * w.getDouble(k);
            }
        }
        return sum;
    }

    private static Map<String, Datum> moved(Map<String, Datum> all, String name, int at, double by) {
        Tensor t = all.get(name).asTensor();
        double[] values = t.toDoubles();
        values[at] += by;
        Map<String, Datum> moved = new LinkedHashMap<>(all);
        moved.put(name, Tensor.wrap(DType.F64, values, t.shape()));
        return moved;
    }

    private static Tensor drawn(Tensor like, SplittableRandom random) {
        Elements e = Elements.zeros(like.dtype(), like.length());
        for (int k = 0; k < like.length(); k++) {
            e.set(k, random.nextDouble(-1, 1));
        }
        return Tensor.wrap(like.dtype(), e.array(), like.shape());
    }
}
