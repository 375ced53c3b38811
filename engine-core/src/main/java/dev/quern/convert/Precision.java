package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
        if (to.bits() > 16) {
            return new ChangePrecision(this, Map.of(), Set.of(), format);
        }
        Seen seen = Seen.of(graph, inputs, options);
        ChangePrecision change = new ChangePrecision(this, seen.largest(), Set.of(), format);
        return FiniteIslands.of(change, graph, seen, inputs, options);
    }
}
