package dev.quern.op;

import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/// The values of a map from integers, as a row [1, M] in the order of their keys; or, with `size`, each at the place
/// that its key names, with zeros or empty strings elsewhere. ONNX-ML CastMap, version 1.
///
/// @param to f32, i64 or string
public record CastMap(DType to, OptionalInt size) implements HostOp {

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(1, 1);
        if (!(in.type(0) instanceof Type.MapType(DType key, Type ignored)) || key != DType.I64) {
            throw new ShapeException("a map with keys of type i64 is needed, not " + in.type(0));
        }
        Dim count = size.isPresent() ? Dim.of(size.getAsInt()) : Dim.UNKNOWN;
        return List.of(Type.tensor(to, Shape.of(Dim.of(1), count)));
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        if (!(in.getFirst() instanceof Datum.Mapping map)) {
            throw new ShapeException("a map is needed, not " + in.getFirst().type());
        }
        Map<Long, Tensor> sorted = new TreeMap<>();
        map.values().forEach((k, v) -> sorted.put((Long) k, v.asTensor()));
        int length = size.orElse(sorted.size());
        Tensor out = Tensor.zeros(to, 1, length);
        int next = 0;
        for (Map.Entry<Long, Tensor> e : sorted.entrySet()) {
            long at = size.isPresent() ? e.getKey() : next++;
            if (at < 0 || at >= length) {
                throw new ShapeException("key " + at + " must be from 0 to " + (length - 1) + " (max_map)");
            }
            out.elements().copy((int) at, cast(host, e.getValue()).elements(), 0);
        }
        return List.of(out);
    }

    private Tensor cast(Host host, Tensor value) {
        return value.dtype() == DType.STRING || to == DType.STRING
                ? new Strings.CastString(to)
                        .evaluate(host, List.of(value))
                        .getFirst()
                        .asTensor()
                : new Casting.Cast(to).evaluate(List.of(value)).getFirst();
    }
}
