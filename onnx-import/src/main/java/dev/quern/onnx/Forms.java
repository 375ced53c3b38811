package dev.quern.onnx;

import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.op.Complexes;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Finds the form in which a node of ours stands in a file of one release of ONNX: what the release's row of the
/// [OperatorTable] writes, if the standard's [Schema] of that opset takes it.
final class Forms {
    /// What a release says to a node.
    sealed interface Answer permits Fits, Widens, Lacks {}

    /// The node has this form.
    record Fits(NodeForm form) implements Answer {}

    /// The node would have a form if its operands were of other element types, which hold the same values.
    ///
    /// @param to the element type of each operand of the node, as it is where it does not matter
    record Widens(List<DType> to, String reason) implements Answer {}

    /// The node has no form.
    record Lacks(String reason) implements Answer {}

    private final Release release;

    Forms(Release release) {
        this.release = release;
    }

    /// @param wanted whether a result is used, or an output
    Answer of(Node node, NodeExport.Bodies bodies, Predicate<Value> wanted) {
        Optional<Answer> otherwise = Optional.empty();
        Op op = node.op() instanceof Complexes.PartByPart parts ? parts.real() : node.op();
        for (OperatorTable.Writer w : OperatorTable.writers(op, release)) {
            Answer answer = as(w, op, node, bodies, wanted);
            if (answer instanceof Fits) {
                return answer;
            }
            otherwise = otherwise.filter(Widens.class::isInstance).or(() -> Optional.of(answer));
        }
        return otherwise.orElseGet(() -> new Lacks("it has no such operator"));
    }

    private Answer as(
            OperatorTable.Writer writer, Op op, Node node, NodeExport.Bodies bodies, Predicate<Value> wanted) {
        Row row = writer.row();
        int version = release.version(row.domain());
        NodeExport export = new NodeExport(node, bodies, wanted);
        try {
            writer.writing().write(op, export);
        } catch (ShapeException | UnspellableException e) {
            return new Lacks(String.valueOf(e.getMessage()));
        }
        if (export.since() > version) {
            return new Lacks("it has no such form of " + row.name());
        }
        List<Schema> known = Schemas.forms(row.domain(), row.name());
        if (known.isEmpty()) {
            List<Optional<Value>> results =
                    node.outputs().stream().map(Optional::of).toList();
            return new Fits(new NodeForm(row, trimmed(export.operands()), results, export.attributes()));
        }
        Optional<Schema> schema = Schemas.at(row.domain(), row.name(), version);
        return schema.isEmpty() || schema.get().deprecated()
                ? new Lacks("it has no operator " + row.name())
                : under(schema.get(), row, node, export);
    }

    private static Answer under(Schema schema, Row row, Node node, NodeExport export) {
        List<AttributeProto> attributes = new ArrayList<>();
        for (AttributeProto a : export.attributes()) {
            if (schema.attributes().containsKey(a.name())) {
                attributes.add(a);
            } else if (!Neutral.isNeutral(row, a)) {
                return new Lacks(row.name() + " has no attribute " + a.name() + " there");
            }
        }
        List<Optional<Value>> operands = trimmed(export.operands());
        List<Optional<Value>> results = results(schema, node, export);
        return places(schema, operands, results)
                .<Answer>map(Lacks::new)
                .orElseGet(() -> types(schema, node, operands, results)
                        .orElseGet(() -> new Fits(new NodeForm(row, operands, results, attributes))));
    }

    /// Results that are not wanted are left out where they are optional.
    private static List<Optional<Value>> results(Schema schema, Node node, NodeExport export) {
        List<Optional<Value>> results = new ArrayList<>();
        for (int i = 0; i < node.outputs().size(); i++) {
            boolean needed = schema.result(i)
                    .filter(f -> f.count() != Schema.Count.OPTIONAL)
                    .isPresent();
            results.add(needed ? Optional.of(node.output(i)) : export.results().get(i));
        }
        return trimmed(results);
    }

    /// Why operands or results have no place, if they have none.
    private static Optional<String> places(
            Schema schema, List<Optional<Value>> operands, List<Optional<Value>> results) {
        for (int i = 0; i < operands.size() || i < schema.operands().size(); i++) {
            boolean given = i < operands.size() && operands.get(i).isPresent();
            Optional<Schema.Formal> formal = schema.operand(i);
            if (given && formal.isEmpty()) {
                return Optional.of(schema.name() + " has no operand " + i + " there");
            }
            if (!given && formal.isPresent() && formal.get().count() == Schema.Count.ONE) {
                return Optional.of(schema.name() + " wants " + formal.get().name() + " there");
            }
        }
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i).isPresent() && schema.result(i).isEmpty()) {
                return Optional.of(schema.name() + " has no result " + i + " there");
            }
        }
        return Optional.empty();
    }

    /// What speaks against the types, if anything does.
    private static Optional<Answer> types(
            Schema schema, Node node, List<Optional<Value>> operands, List<Optional<Value>> results) {
        List<DType> to = new ArrayList<>();
        node.inputs().forEach(v -> to.add(v.type() instanceof Type.TensorType t ? t.dtype() : DType.STRING));
        Map<String, Type> bound = new HashMap<>();
        Optional<String> refused = Optional.empty();
        for (int i = 0; i < operands.size(); i++) {
            if (operands.get(i).isEmpty()) {
                continue;
            }
            Value v = operands.get(i).get();
            Schema.Formal formal = schema.operand(i).orElseThrow();
            if (!schema.allows(formal, v.type())) {
                String reason = schema.name() + " takes no " + element(v) + " as " + formal.name() + " there";
                Optional<DType> wider = v.type() instanceof Type.TensorType t
                        ? Widening.of(t.dtype(), schema.elements(formal))
                        : Optional.empty();
                int at = node.inputs().indexOf(v);
                if (wider.isEmpty() || at < 0) {
                    return Optional.of(new Lacks(reason));
                }
                to.set(at, wider.get());
                refused = Optional.of(reason);
            } else if (!isBound(formal, v.type(), bound)) {
                return Optional.of(new Lacks(schema.name() + " takes " + formal.name() + " of type "
                        + bound.get(formal.type()) + " only, not " + element(v)));
            }
        }
        if (refused.isPresent()) {
            return Optional.of(new Widens(to, refused.get()));
        }
        for (int i = 0; i < results.size(); i++) {
            Optional<Value> v = results.get(i);
            Schema.Formal formal = schema.result(i).orElseThrow();
            if (v.isPresent() && !schema.allows(formal, v.get().type())) {
                return Optional.of(new Lacks(schema.name() + " gives no " + element(v.get()) + " there"));
            }
        }
        return Optional.empty();
    }

    /// Operands that share a type variable have one type.
    private static boolean isBound(Schema.Formal formal, Type type, Map<String, Type> bound) {
        if (!(type instanceof Type.TensorType t) || formal.isVariadic() && !formal.alike()) {
            return true;
        }
        Type element = Type.tensor(t.dtype());
        Type before = bound.putIfAbsent(formal.type(), element);
        return before == null || before.equals(element);
    }

    private static String element(Value v) {
        return v.type() instanceof Type.TensorType t
                ? t.dtype().toString()
                : v.type().toString();
    }

    private static List<Optional<Value>> trimmed(List<Optional<Value>> values) {
        int size = values.size();
        while (size > 0 && values.get(size - 1).isEmpty()) {
            size--;
        }
        return values.subList(0, size);
    }
}
