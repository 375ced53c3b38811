package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.LinkedHashMap;
import java.util.Map;

/// Inputs in the element types that a graph declares.
final class Fitting {
    private Fitting() {}

    /// `given` with floats of other types cast; what the graph does not take is left out.
    static Map<String, Datum> inputs(Graph graph, Map<String, Datum> given) {
        Map<String, Datum> fitting = new LinkedHashMap<>();
        for (Value v : graph.inputs()) {
            Datum datum = given.get(v.name());
            if (datum != null) {
                fitting.put(v.name(), cast(datum, v.type()));
            }
        }
        return fitting;
    }

    private static Datum cast(Datum datum, Type type) {
        return datum instanceof Tensor t
                        && type instanceof Type.TensorType(DType dtype, var ignored)
                        && t.dtype().isFloat()
                        && dtype.isFloat()
                ? t.as(dtype)
                : datum;
    }
}
