package dev.quern.session;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.tensor.Complex;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Inputs drawn by seed for those that were not given: floats from −1 to 1, integers 0 or 1, strings `a` to `d`.
///
/// @param shapes extents by input name; elsewhere fixed dims are taken, symbols get one extent throughout the model
public record SampleInputs(Map<String, long[]> shapes, long seed) {
    private static final long EXTENT_OF_SYMBOLS = 1;

    /// Extents in the form `NAME=1x3x224x224`, or `1x3x224x224` for a model with one input.
    ///
    /// @throws ModelException for an unknown name or extents that are no numbers
    public static Map<String, long[]> parse(Graph graph, List<String> texts) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (String text : texts) {
            int eq = text.lastIndexOf('=');
            String name = eq < 0 ? graph.inputs().getFirst().name() : text.substring(0, eq);
            if (graph.input(name).isEmpty()) {
                throw new ModelException("shape " + text + ": the model has no input \"" + name + "\"; it has "
                        + graph.inputs().stream().map(Value::name).toList());
            }
            shapes.put(name, extents(text, text.substring(eq + 1)));
        }
        return shapes;
    }

    private static long[] extents(String text, String dims) {
        try {
            return dims.isEmpty()
                    ? new long[0]
                    : java.util.Arrays.stream(dims.split("x"))
                            .mapToLong(Long::parseLong)
                            .toArray();
        } catch (NumberFormatException notANumber) {
            throw new ModelException(
                    "shape " + text + ": extents must be whole numbers with x between them, such as" + " 1x3x224x224",
                    notANumber);
        }
    }

    /// The inputs of `graph` that `given` lacks.
    ///
    /// @throws ModelException for an input that cannot be drawn: no tensor, or of unknown rank and not in `shapes`
    public Map<String, Tensor> missing(Graph graph, java.util.Set<String> given) {
        Map<String, Tensor> made = new LinkedHashMap<>();
        Map<String, Long> symbols = new HashMap<>();
        SplittableRandom random = new SplittableRandom(seed);
        for (Value v : graph.inputs()) {
            if (!given.contains(v.name())) {
                made.put(v.name(), draw(v, symbols, random));
            }
        }
        return made;
    }

    private Tensor draw(Value v, Map<String, Long> symbols, SplittableRandom random) {
        if (!(v.type() instanceof TensorType(DType dtype, Shape shape))) {
            throw new ModelException("input \"" + v.name() + "\" is a " + v.type() + ", which cannot be generated");
        }
        Shape extents = shapes.containsKey(v.name()) ? Shape.of(shapes.get(v.name())) : concrete(v, shape, symbols);
        Elements e = Elements.zeros(dtype, extents.elements());
        for (int i = 0; i < e.length(); i++) {
            switch (dtype.kind()) {
                case FLOAT -> e.set(i, random.nextDouble(-1, 1));
                case SIGNED, UNSIGNED, BOOL -> e.set(i, random.nextLong(2));
                case COMPLEX -> e.set(i, new Complex(random.nextDouble(-1, 1), random.nextDouble(-1, 1)));
                case STRING -> e.set(i, String.valueOf((char) ('a' + random.nextInt(4))));
            }
        }
        return Tensor.wrap(dtype, e.array(), extents);
    }

    private static Shape concrete(Value v, Shape shape, Map<String, Long> symbols) {
        if (!shape.isRanked()) {
            throw new ModelException("input \"" + v.name() + "\" has no rank: its extents must be given");
        }
        return shape.map(d -> switch (d) {
            case Dim.Fixed f -> f;
            case Dim.Symbol(String name) -> Dim.of(symbols.computeIfAbsent(name, n -> EXTENT_OF_SYMBOLS));
            case Dim.Unknown() -> Dim.of(EXTENT_OF_SYMBOLS);
        });
    }
}
