package dev.quern.onnx;

import dev.quern.tensor.DType;
import dev.quern.tensor.Type;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One version of an operator as the standard lists it: what it takes and gives, in which types.
///
/// Types are written as in `f32`, `seq(f32)`, `optional(seq(f32))`, `map(i64;f32)`.
///
/// @param domain empty for ai.onnx
/// @param since the first opset version of the domain with this form
/// @param deprecated whether the operator is gone from this version on
/// @param function whether the standard gives it as a function of other operators
/// @param constraints the types that each type variable may stand for
/// @param attributes by name
record Schema(
        String domain,
        String name,
        int since,
        boolean deprecated,
        boolean function,
        List<Formal> operands,
        List<Formal> results,
        Map<String, Set<String>> constraints,
        Map<String, Attribute> attributes) {

    /// How often an operand or result may be there.
    enum Count {
        ONE,
        OPTIONAL,
        ANY,
        AT_LEAST_ONE
    }

    /// An operand or result.
    ///
    /// @param type a type variable, or one type
    /// @param alike whether all that a variadic one stands for have one type
    record Formal(String name, String type, Count count, boolean alike) {
        boolean isVariadic() {
            return count == Count.ANY || count == Count.AT_LEAST_ONE;
        }
    }

    /// @param kind `int`, `float`, `string`, `tensor`, `graph`, `type_proto` …, or a list: `ints` …
    /// @param standard the default, as JSON
    record Attribute(String name, String kind, boolean required, Optional<String> standard) {}

    /// What operand `i` is, the last one again where it is variadic; nothing where there is none.
    Optional<Formal> operand(int i) {
        return formal(operands, i);
    }

    /// What result `i` is, the last one again where it is variadic; nothing where there is none.
    Optional<Formal> result(int i) {
        return formal(results, i);
    }

    private static Optional<Formal> formal(List<Formal> formals, int i) {
        if (i < formals.size()) {
            return Optional.of(formals.get(i));
        }
        return formals.isEmpty() || !formals.getLast().isVariadic() ? Optional.empty() : Optional.of(formals.getLast());
    }

    /// Every type that `formal` may have.
    Set<String> types(Formal formal) {
        return constraints.getOrDefault(formal.type(), Set.of(formal.type()));
    }

    /// Whether `formal` may have `type`, whatever its shape.
    boolean allows(Formal formal, Type type) {
        return types(formal).contains(spelled(type));
    }

    /// The element types of the tensors that `formal` may be.
    Set<DType> elements(Formal formal) {
        Set<String> types = types(formal);
        Set<DType> elements = EnumSet.noneOf(DType.class);
        for (DType d : DType.values()) {
            if (types.contains(d.toString())) {
                elements.add(d);
            }
        }
        return elements;
    }

    static String spelled(Type type) {
        return switch (type) {
            case Type.TensorType(var dtype, var _) -> dtype.toString();
            case Type.SequenceType(var element) -> "seq(" + spelled(element) + ")";
            case Type.OptionalType(var element) -> "optional(" + spelled(element) + ")";
            case Type.MapType(var key, var value) -> "map(" + key + ";" + spelled(value) + ")";
        };
    }
}
