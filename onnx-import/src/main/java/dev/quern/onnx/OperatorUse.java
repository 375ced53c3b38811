package dev.quern.onnx;

import dev.quern.onnx.Schema.Formal;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.onnx.proto.FunctionProto;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.ModelException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/// One node of a file: which operator it is, and in which of that operator's types.
///
/// @param domain `ai.onnx` written out
/// @param isAlone whether this is all that the model does, constants aside
/// @param types of its operands and results as far as the file declares them, those of the operand or result only that
///     may have most types ([OnnxOperator#types()])
public record OperatorUse(String domain, String name, boolean isAlone, Set<String> types) {

    /// Every node of a model, those in bodies and functions too.
    public static List<OperatorUse> of(ModelProto model) {
        List<OperatorUse> uses = new ArrayList<>();
        GraphProto graph = model.graph();
        if (graph != null) {
            Map<String, Long> opsets = OnnxFormat.opsets(model.opsetImports());
            boolean single = model.functions().isEmpty()
                    && graph.nodes().stream()
                                    .filter(n -> !n.opType().equals("Constant"))
                                    .count()
                            == 1;
            Map<String, Type> types = types(graph);
            graph.nodes().forEach(n -> add(n, single && !n.opType().equals("Constant"), opsets, types, uses));
            for (FunctionProto f : model.functions()) {
                f.nodes().forEach(n -> add(n, false, OnnxFormat.opsets(f.opsetImports()), Map.of(), uses));
            }
        }
        return uses;
    }

    private static void add(
            NodeProto n, boolean alone, Map<String, Long> opsets, Map<String, Type> types, List<OperatorUse> uses) {
        String domain = OperatorTable.canonical(n.domain());
        Optional<Schema> schema = Schemas.at(domain, n.opType(), opsets.getOrDefault(domain, 1L));
        uses.add(new OperatorUse(
                domain.isEmpty() ? "ai.onnx" : domain,
                n.opType(),
                alone,
                schema.map(s -> mainTypes(s, n, types)).orElse(Set.of())));
        for (AttributeProto a : n.attributes()) {
            bodies(a.value()).forEach(b -> {
                Map<String, Type> inner = types(b);
                b.nodes().forEach(m -> add(m, false, opsets, inner, uses));
            });
        }
    }

    private static Stream<GraphProto> bodies(AttributeValue value) {
        return switch (value) {
            case AttributeValue.OfGraph(var body) -> Stream.of(body);
            case AttributeValue.OfGraphs(var all) -> all.stream();
            default -> Stream.empty();
        };
    }

    private static Set<String> mainTypes(Schema s, NodeProto n, Map<String, Type> types) {
        String variable = OnnxOperator.mainFormal(s).map(Formal::type).orElse("");
        Set<String> found = new TreeSet<>();
        addTypes(n.inputs(), s::operand, variable, types, found);
        addTypes(n.outputs(), s::result, variable, types, found);
        return found;
    }

    private static void addTypes(
            List<String> names,
            IntFunction<Optional<Formal>> formal,
            String variable,
            Map<String, Type> types,
            Set<String> found) {
        for (int i = 0; i < names.size(); i++) {
            Type type = types.get(names.get(i));
            if (type != null
                    && formal.apply(i).filter(f -> f.type().equals(variable)).isPresent()) {
                found.add(Schema.spelled(type));
            }
        }
    }

    private static Map<String, Type> types(GraphProto graph) {
        Map<String, Type> types = new HashMap<>();
        for (TensorProto t : graph.initializers()) {
            try {
                types.put(t.name(), Type.tensor(OnnxTypes.dtype(t.dataType())));
            } catch (ModelException typeWeLack) {
                types.remove(t.name());
            }
        }
        Stream.of(graph.inputs(), graph.outputs(), graph.valueInfo())
                .flatMap(List::stream)
                .forEach(v -> declared(v).ifPresent(t -> types.put(v.name(), t)));
        return types;
    }

    private static Optional<Type> declared(ValueInfoProto v) {
        try {
            return OnnxTypes.type(v.type());
        } catch (ModelException typeWeLack) {
            return Optional.empty();
        }
    }
}
