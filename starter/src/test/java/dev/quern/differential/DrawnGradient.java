package dev.quern.differential;

import dev.quern.backend.Backends;
import dev.quern.gradient.Gradient;
import dev.quern.gradient.NotDifferentiableException;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// The gradient of a drawn chain of doubles by its inputs, beside central differences of what the chain gives; all on
/// the reference backend.
///
/// What is differentiated is the sum of all float results, each element with a weight of its own. Where the differences
/// to both sides disagree or are very steep, there is a jump or too much curvature, and where half the step does not
/// bring them closer, there is a kink: nothing is judged.
final class DrawnGradient {
    private static final double STEP = 1e-5;
    private static final int MOST_ELEMENTS = 5;
    private static final double CLOSE = 2e-5;
    private static final double SMOOTH = 1e-3;
    private static final double STEEP = 1e3;

    private final Model forward;
    private final Map<String, Datum> inputs = new LinkedHashMap<>();
    private final Map<String, Tensor> weights = new LinkedHashMap<>();
    private int judged;

    private DrawnGradient(RandomGraph graph, Model forward) {
        this.forward = forward;
        inputs.putAll(graph.inputs());
    }

    /// What came of a chain.
    ///
    /// @param judged partial derivatives that were compared
    /// @param difference the first one that differs
    record Outcome(int judged, Optional<String> difference) {}

    static Outcome of(RandomGraph graph) {
        ModelOptions options =
                ModelOptions.defaults().backend(Backends.prefer("reference")).threads(1);
        try (Model forward = Model.load(graph.model(graph.ends()), options)) {
            DrawnGradient check = new DrawnGradient(graph, forward);
            Optional<String> difference = check.difference(new Random(1));
            return new Outcome(check.judged, difference);
        } catch (NotDifferentiableException e) {
            return new Outcome(0, Optional.empty());
        }
    }

    private Optional<String> difference(Random random) {
        forward.run(inputs).forEach((name, result) -> {
            if (result instanceof Tensor t && t.dtype().isFloat()) {
                weights.put(name, Fill.UNIT.draw(random, t.dtype(), t.shape().extents()));
            }
        });
        List<String> leaves = inputs.keySet().stream()
                .filter(name -> inputs.get(name).asTensor().dtype() == DType.F64)
                .toList();
        if (leaves.isEmpty() || weights.isEmpty() || !Double.isFinite(sum(inputs))) {
            return Optional.empty();
        }
        Map<String, Datum> gradients = gradients(leaves);
        for (String leaf : leaves) {
            Tensor x = inputs.get(leaf).asTensor();
            for (int n = 0; n < Math.min(MOST_ELEMENTS, x.length()); n++) {
                int i = random.nextInt(x.length());
                double got = gradients.containsKey(leaf)
                        ? gradients.get(leaf).asTensor().getDouble(i)
                        : 0;
                Optional<String> difference = differs(leaf, i, got);
                if (difference.isPresent()) {
                    return difference;
                }
            }
        }
        return Optional.empty();
    }

    /// Gradients by the names of the inputs; one that is 0 everywhere may be missing.
    private Map<String, Datum> gradients(List<String> leaves) {
        GraphBuilder g = new GraphBuilder("gradients");
        Graph graph = forward.graph();
        List<Value> in =
                graph.inputs().stream().map(v -> g.input(v.name(), v.type())).toList();
        List<Value> out = g.inline(graph, in);
        List<Value> results = new ArrayList<>();
        List<Value> cotangents = new ArrayList<>();
        Map<String, Datum> fed = new LinkedHashMap<>(inputs);
        for (int i = 0; i < out.size(); i++) {
            Tensor weight = weights.get(graph.outputNames().get(i));
            if (weight != null) {
                results.add(out.get(i));
                cotangents.add(g.input("weight" + i, weight.type()));
                fed.put("weight" + i, weight);
            }
        }
        List<Value> wanted = new ArrayList<>();
        for (String leaf : leaves) {
            in.stream().filter(v -> v.name().equals(leaf)).forEach(wanted::add);
        }
        List<Optional<Value>> gradients = Gradient.pullBack(g, results, cotangents, wanted, node -> false);
        for (int i = 0; i < leaves.size(); i++) {
            String name = leaves.get(i);
            gradients.get(i).ifPresent(d -> g.output("d_" + name, d));
        }
        Map<String, Datum> byLeaf = new LinkedHashMap<>();
        try (Model model = Model.of(g.build(), forward.options())) {
            model.run(fed).forEach((name, value) -> byLeaf.put(name.substring(2), value));
        }
        return byLeaf;
    }

    private Optional<String> differs(String leaf, int i, double got) {
        double at = inputs.get(leaf).asTensor().getDouble(i);
        double h = STEP * Math.max(1, Math.abs(at));
        double here = sum(inputs);
        Slopes wide = slopes(leaf, i, at, here, h);
        double scale = Math.max(1, Math.abs(wide.up));
        // What cancels in the difference of two sums.
        double noise = 1e-11 * Math.abs(here) / h;
        if (!(wide.bend() <= SMOOTH * scale) || scale > STEEP || noise > CLOSE * scale) {
            return Optional.empty();
        }
        Slopes narrow = slopes(leaf, i, at, here, h / 2);
        if (wide.bend() > CLOSE * scale && narrow.bend() > 0.75 * wide.bend()) {
            return Optional.empty();
        }
        if (Double.isNaN(got) && narrow.middle() == 0) {
            // Outside a function's domain, and cut off behind it: 0 times NaN is NaN, in PyTorch too.
            return Optional.empty();
        }
        judged++;
        double allowed = CLOSE * scale + 3 * Math.abs(wide.middle() - narrow.middle());
        return Math.abs(narrow.middle() - got) <= allowed
                ? Optional.empty()
                : Optional.of("d/d " + leaf + "[" + i + "]: " + got + ", by differences " + narrow.middle());
    }

    /// Differences to both sides.
    private record Slopes(double up, double down) {
        double middle() {
            return (up + down) / 2;
        }

        double bend() {
            return Math.abs(up - down);
        }
    }

    private Slopes slopes(String leaf, int i, double at, double here, double h) {
        return new Slopes((sum(moved(leaf, i, at + h)) - here) / h, (here - sum(moved(leaf, i, at - h))) / h);
    }

    private Map<String, Datum> moved(String leaf, int i, double to) {
        Tensor x = inputs.get(leaf).asTensor();
        Elements e = Elements.zeros(x.dtype(), x.length());
        for (int k = 0; k < x.length(); k++) {
            e.set(k, k == i ? to : x.getDouble(k));
        }
        Map<String, Datum> moved = new LinkedHashMap<>(inputs);
        moved.put(leaf, Tensor.wrap(x.dtype(), e.array(), x.shape()));
        return moved;
    }

    private double sum(Map<String, Datum> at) {
        double sum = 0;
        Map<String, Datum> results = forward.run(at);
        for (Map.Entry<String, Tensor> e : weights.entrySet()) {
            Tensor y = results.get(e.getKey()).asTensor();
            for (int i = 0; i < y.length(); i++) {
                sum += y.getDouble(i) * e.getValue().getDouble(i);
            }
        }
        return sum;
    }
}
