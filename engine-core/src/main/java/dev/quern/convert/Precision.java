package dev.quern.convert;

import dev.quern.backend.RunException;
import dev.quern.compile.UnsupportedModelException;
import dev.quern.graph.Graph;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A float type to compute in, as one asks for it; [ChangePrecision] is what becomes of it once values were seen.
///
/// @param to f16, bf16, f32 or f64
/// @param keep patterns (`*`, `?`) of names or operators of nodes that keep their type
/// @param interfaceToo whether inputs and outputs get the type too, or casts stand behind and before them
public record Precision(DType to, List<String> keep, boolean interfaceToo) {
    public Precision {
        keep = List.copyOf(keep);
        if (!List.of(DType.F16, DType.BF16, DType.F32, DType.F64).contains(to)) {
            throw new ModelException("models compute in f16, bf16, f32 or f64, not in " + to);
        }
    }

    /// All nodes that can. Inputs and outputs stay as they are where the type has 16 bits, else they get it too.
    public static Precision of(DType to) {
        return new Precision(to, List.of(), to.bits() > 16);
    }

    /// But for nodes whose name or operator matches a pattern.
    public Precision keeping(String... patterns) {
        List<String> all = new ArrayList<>(keep);
        all.addAll(List.of(patterns));
        return new Precision(to, all, interfaceToo);
    }

    /// With inputs and outputs of the type as well, or not.
    public Precision withInterface(boolean too) {
        return new Precision(to, keep, too);
    }

    ChangePrecision transform(
            Graph graph, List<Map<String, Datum>> inputs, ModelOptions options, ChangePrecision.Format format) {
        return new ChangePrecision(this, to.bits() == 16 ? magnitudes(graph, inputs, options) : Map.of(), format);
    }

    /// The largest magnitude of each value, by name, over all sets of inputs. Where the model does not run, nothing is
    /// known.
    private static Map<String, Double> magnitudes(Graph graph, List<Map<String, Datum>> inputs, ModelOptions options) {
        Map<String, Double> largest = new HashMap<>();
        try (Model model = Model.of(graph, options)) {
            List<Map<String, Datum>> sets = inputs.isEmpty() ? List.of(Conversion.drawn(graph)) : inputs;
            for (Map<String, Datum> set : sets) {
                model.trace(Fitting.inputs(graph, set), (v, datum) -> {
                    if (datum instanceof Tensor t && t.dtype().isFloat()) {
                        largest.merge(v.name(), Difference.largest(t), Math::max);
                    }
                });
            }
        } catch (UnsupportedModelException | ModelException | RunException | ShapeException e) {
            if (!inputs.isEmpty() && !(e instanceof UnsupportedModelException)) {
                throw e;
            }
        }
        return largest;
    }
}
