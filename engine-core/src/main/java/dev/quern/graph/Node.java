package dev.quern.graph;

import java.util.ArrayList;
import java.util.List;

/// An operator applied to values. Has identity.
public final class Node {
    private final Op op;
    private final List<Value> inputs;
    private final List<Value> outputs;
    private final List<String> origins;

    Node(Op op, List<Value> inputs, List<String> origins, List<Value> outputsToFill) {
        this.op = op;
        this.inputs = List.copyOf(inputs);
        this.origins = List.copyOf(origins);
        this.outputs = outputsToFill;
    }

    public Op op() {
        return op;
    }

    public List<Value> inputs() {
        return inputs;
    }

    public Value input(int i) {
        return inputs.get(i);
    }

    public List<Value> outputs() {
        return java.util.Collections.unmodifiableList(outputs);
    }

    public Value output(int i) {
        return outputs.get(i);
    }

    /// The nodes of the model file that this one stands for, and the rules that made it, oldest first.
    public List<String> origins() {
        return origins;
    }

    /// How messages call this node: `MatMul "fc1"`.
    public String title() {
        return title(op, origins);
    }

    static String title(Op op, List<String> origins) {
        return origins.isEmpty() ? op.name() : op.name() + " \"" + String.join("+", origins) + "\"";
    }

    /// `%y: f32[N,10] = Gemm(%x, %w, %b)  ; fc1`.
    @Override
    public String toString() {
        List<String> in = new ArrayList<>();
        for (Value v : inputs) {
            in.add("%" + v.name());
        }
        List<String> out = new ArrayList<>();
        for (Value v : outputs) {
            out.add(v.toString());
        }
        String attributes = GraphPrinter.attributes(op);
        return String.join(", ", out) + " = " + op.name() + attributes + "(" + String.join(", ", in) + ")"
                + (origins.isEmpty() ? "" : "  ; " + String.join(" + ", origins));
    }
}
