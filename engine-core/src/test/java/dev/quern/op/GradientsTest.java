package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Graph;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
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

/// The gradient of every differentiable operator, tried on every example that stands beside one.
class GradientsTest {
    private static final double STEP = 1e-5;
    private static final int MOST_ELEMENTS = 40;

    static Stream<Trial> differentiable() {
        return Operators.examples().stream()
                .map(Trial::of)
                .filter(t -> t.op().isDifferentiable() && !t.differentiable().isEmpty());
    }

    /// Trials whose operands have gradients at all, kinks and extremes included.
    static Stream<Trial> float32() {
        return Operators.examples().stream()
                .map(Trial::of)
                .filter(t -> t.op().isDifferentiable() && !t.floats().isEmpty())
                .filter(t -> t.operands().stream().allMatch(x -> !x.dtype().isFloat() || x.dtype() == DType.F32));
    }

    @ParameterizedTest
    @MethodSource("differentiable")
    void agreesWithCentralDifferences(Trial example) {
        Trial trial = example.inDouble();
        List<Integer> wanted = trial.differentiable();
        Map<String, Datum> inputs = inputs(trial, trial.evaluate());
        Graph pullback = Pullback.of(trial.graph(i -> !trial.isKnown(i) || wanted.contains(i)), places(trial, wanted));
        List<Datum> in =
                pullback.inputs().stream().map(v -> inputs.get(v.name())).toList();
        List<Datum> results = new Evaluator().run(pullback, in);
        for (int i : wanted) {
            int at = pullback.outputNames().indexOf("d" + places(trial, wanted).get(wanted.indexOf(i)));
            Tensor x = trial.operands().get(i);
            Tensor gradient = at < 0
                    ? Tensor.zeros(DType.F64, x.shape())
                    : results.get(at).asTensor();
            int stride = Math.max(1, x.length() / MOST_ELEMENTS);
            for (int k = 0; k < x.length(); k += stride) {
                double h = STEP * Math.max(1, Math.abs(x.getDouble(k)));
                double difference =
                        (weighted(trial.moved(i, k, h), inputs) - weighted(trial.moved(i, k, -h), inputs)) / (2 * h);
                double got = gradient.getDouble(k);
                double allowed = 1e-6 * Math.max(1, Math.abs(difference));
                assertThat(Math.abs(got - difference))
                        .as("∂/∂x%d[%d]: %s by differences, %s given", i, k, difference, got)
                        .isLessThanOrEqualTo(allowed);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("float32")
    void isFiniteWhereTheResultIs(Trial trial) {
        List<Integer> wanted =
                trial.floats().stream().filter(i -> !trial.isKnown(i)).toList();
        List<Datum> results = trial.evaluate();
        Map<String, Datum> inputs = inputs(trial, results);
        Graph pullback = Pullback.of(trial.graph(i -> !trial.isKnown(i)), places(trial, wanted));
        if (!results.stream().allMatch(GradientsTest::isFinite)
                || pullback.outputs().isEmpty()) {
            return;
        }
        ModelOptions options = ModelOptions.defaults().backend(new ReferenceBackend());
        try (Model model = Model.of(pullback, options)) {
            Map<String, Datum> fed = new LinkedHashMap<>();
            pullback.inputs().forEach(v -> fed.put(v.name(), inputs.get(v.name())));
            Map<String, Datum> gradients = model.run(fed);
            gradients.forEach((name, d) -> assertThat(d)
                    .as("%s = %s", name, Arrays.toString(d.asTensor().toDoubles()))
                    .satisfies(g -> assertThat(isFinite(g)).isTrue()));
            List<Datum> expected = new Evaluator().run(pullback, List.copyOf(fed.values()));
            Agreement.of(trial).check(List.copyOf(gradients.values()), expected);
        }
    }

    private static boolean isFinite(Datum d) {
        return !(d instanceof Tensor t)
                || !t.dtype().isFloat()
                || Arrays.stream(t.toDoubles()).allMatch(Double::isFinite);
    }

    /// Which of the graph's inputs the operands `wanted` are.
    static List<Integer> places(Trial trial, List<Integer> wanted) {
        List<Integer> fed = IntStream.range(0, trial.operands().size())
                .filter(i -> !trial.isKnown(i) || wanted.contains(i))
                .boxed()
                .toList();
        return wanted.stream().map(fed::indexOf).toList();
    }

    /// Operands and drawn cotangents by the names of the pullback's inputs.
    static Map<String, Datum> inputs(Trial trial, List<Datum> results) {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (int i = 0; i < trial.operands().size(); i++) {
            inputs.put("x" + i, trial.operands().get(i));
        }
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i) instanceof Tensor t && t.dtype().isFloat()) {
                Elements e = Elements.zeros(t.dtype(), t.length());
                for (int k = 0; k < t.length(); k++) {
                    e.set(k, random.nextDouble(-1, 1));
                }
                inputs.put("dy" + i, Tensor.wrap(t.dtype(), e.array(), t.shape()));
            }
        }
        return inputs;
    }

    /// The sum of all float results, weighted with the cotangents.
    private static double weighted(Trial trial, Map<String, Datum> cotangents) {
        List<Datum> results = trial.evaluate();
        List<Double> terms = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            if (cotangents.containsKey("dy" + i)) {
                Tensor y = results.get(i).asTensor();
                Tensor dy = cotangents.get("dy" + i).asTensor();
                IntStream.range(0, y.length()).forEach(k -> terms.add(y.getDouble(k) * dy.getDouble(k)));
            }
        }
        return terms.stream().mapToDouble(d -> d).sum();
    }
}
