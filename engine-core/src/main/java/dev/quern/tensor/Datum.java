package dev.quern.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a model takes and gives at run time.
public sealed interface Datum permits Tensor, Datum.Sequence, Datum.Mapping, Datum.Maybe {

    Type type();

    /// A sequence; `element` is the type of its elements, so that an empty one has a type too.
    record Sequence(Type element, List<Datum> values) implements Datum {
        public Sequence {
            values = List.copyOf(values);
        }

        @Override
        public Type type() {
            return new Type.SequenceType(element);
        }
    }

    /// A map in insertion order; keys are `Long` or `String`, as `key` says.
    record Mapping(DType key, Type value, Map<Object, Datum> values) implements Datum {
        public Mapping {
            values = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(values));
        }

        @Override
        public Type type() {
            return new Type.MapType(key, value);
        }
    }

    /// A value or its absence; `element` is the type it has or would have.
    record Maybe(Type element, Optional<Datum> value) implements Datum {
        @Override
        public Type type() {
            return new Type.OptionalType(element);
        }
    }

    /// This datum as a tensor.
    ///
    /// @throws ShapeException where it is another kind of value
    default Tensor asTensor() {
        if (this instanceof Tensor t) {
            return t;
        }
        throw new ShapeException("a tensor is needed, not a value of type " + type());
    }

    /// A sequence as plain Java: a list of maps from label to number for what a classifier's ZipMap gives.
    ///
    /// @throws ShapeException where this is no sequence of maps
    default List<Map<Object, Double>> asMaps() {
        if (!(this instanceof Sequence(Type ignored, List<Datum> values))) {
            throw new ShapeException("a sequence of maps is needed, not a value of type " + type());
        }
        List<Map<Object, Double>> maps = new ArrayList<>(values.size());
        for (Datum d : values) {
            if (!(d instanceof Mapping m)) {
                throw new ShapeException("a sequence of maps is needed, not a value of type " + type());
            }
            Map<Object, Double> row = new java.util.LinkedHashMap<>();
            m.values().forEach((k, v) -> row.put(k, v.asTensor().getDouble(0)));
            maps.add(row);
        }
        return maps;
    }
}
