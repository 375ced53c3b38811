package dev.quern.graph;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Writes a graph as text that a person can read, one node a line, bodies of control flow indented below their node.
final class GraphPrinter {
    private GraphPrinter() {}

    static String print(Graph graph) {
        StringBuilder text = new StringBuilder();
        print(graph, "", text);
        return text.toString();
    }

    private static void print(Graph graph, String indent, StringBuilder text) {
        text.append(indent).append("graph ").append(graph.name()).append(" (");
        text.append(String.join(
                        ", ", graph.inputs().stream().map(Value::toString).toList()))
                .append(") {\n");
        for (Value v : graph.constants()) {
            text.append(indent).append("  ").append(v).append(v.isParameter() ? " = parameter " : " = constant ");
            String shown = v.constant().map(Object::toString).orElse("");
            text.append(shown.substring(v.type().toString().length()).strip()).append('\n');
        }
        for (Node n : graph.nodes()) {
            text.append(indent).append("  ").append(n).append('\n');
            if (n.op() instanceof HasBodies control) {
                control.bodies().forEach(b -> print(b, indent + "    ", text));
            }
        }
        List<String> outputs = new ArrayList<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            String name = graph.outputNames().get(i);
            String value = graph.outputs().get(i).name();
            outputs.add(name.equals(value) ? "%" + value : name + "=%" + value);
        }
        text.append(indent)
                .append("  return ")
                .append(String.join(", ", outputs))
                .append('\n');
        text.append(indent).append("}\n");
    }

    /// The attributes of an operator that is a record: `{axis=1}`; empty where it has none.
    static String attributes(Op op) {
        if (!(op instanceof Record) || op instanceof OpaqueOp) {
            return "";
        }
        List<String> parts = new ArrayList<>();
        for (RecordComponent c : op.getClass().getRecordComponents()) {
            if (c.getType() != Graph.class && c.getType() != String.class) {
                parts.add(c.getName());
            }
        }
        if (parts.isEmpty()) {
            return "";
        }
        String text = op.toString();
        int open = text.indexOf('[');
        int close = text.lastIndexOf(']');
        boolean printable = open > 0 && close > open && !(op instanceof HasBodies);
        return printable ? String.format(Locale.ROOT, "{%s}", text.substring(open + 1, close)) : "";
    }
}
