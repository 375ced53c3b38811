package dev.quern.train;

import dev.quern.graph.Glob;
import dev.quern.graph.Parameters;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// Gives a model fresh layers before it is fine-tuned for another task: same names, new values, and, for the last
/// layer, possibly another number of outputs.
///
/// {@snippet :
/// Model fresh = NewHead.of(model).layers("fc1*", "fc2*").outputs(3).seed(7).apply();
/// }
///
/// Values are drawn as PyTorch's `nn.Linear` and `nn.Conv2d` draw them: uniform within ±1/√fan-in (He et al., 2015,
/// with a = √5), weights and biases alike.
public final class NewHead {
    private final Model model;
    private final List<String> patterns;
    private final OptionalInt outputs;
    private final long seed;

    private NewHead(Model model, List<String> patterns, OptionalInt outputs, long seed) {
        this.model = model;
        this.patterns = patterns;
        this.outputs = outputs;
        this.seed = seed;
    }

    /// The last linear layer of `model`, to be drawn anew.
    public static NewHead of(Model model) {
        return new NewHead(model, List.of(), OptionalInt.empty(), 0);
    }

    /// Chooses layers by patterns of their parameters' names (`*` any characters, `?` one) instead of the last one.
    public NewHead layers(String... parameterNames) {
        return new NewHead(model, List.of(parameterNames), outputs, seed);
    }

    /// Gives the last of the layers another number of outputs.
    public NewHead outputs(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a layer has at least 1 output, not " + count);
        }
        return new NewHead(model, patterns, OptionalInt.of(count), seed);
    }

    public NewHead seed(long value) {
        return new NewHead(model, patterns, outputs, value);
    }

    /// The model with fresh layers; the old one is left as it is.
    ///
    /// @throws ModelException where there is no such layer, or what follows it does not allow another number of
    ///     outputs
    public Model apply() {
        List<Layer> layers = Layer.all(model.graph());
        Predicate<String> chosen = Glob.any(patterns);
        List<Layer> fresh = patterns.isEmpty()
                ? layers.stream().skip(Math.max(0, layers.size() - 1)).toList()
                : layers.stream().filter(l -> l.isNamed(chosen)).toList();
        if (fresh.isEmpty()) {
            throw new ModelException("the model has no layer with parameters called " + patterns + "; its layers are "
                    + layers.stream().map(l -> l.weight().name()).toList());
        }
        Map<String, Tensor> values = new HashMap<>();
        for (int i = 0; i < fresh.size(); i++) {
            OptionalInt count = i == fresh.size() - 1 ? outputs : OptionalInt.empty();
            values.putAll(fresh.get(i).draw(SplitMix.of(seed, i), count));
        }
        try {
            return model.withGraph(Parameters.exchange(model.graph(), values));
        } catch (ShapeException e) {
            throw new ModelException("the layer cannot have that many outputs: " + e.getMessage(), e);
        }
    }
}
