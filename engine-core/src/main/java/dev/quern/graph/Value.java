package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Optional;

/// A value in a graph: defined once, used any number of times. Has identity.
public final class Value {
    private final String name;
    private final Type type;
    private final Definition definition;

    /// What defines a value.
    public sealed interface Definition {}

    /// An input of the graph.
    public record Input() implements Definition {}

    /// A tensor known when the graph was made. `named` is true for an initializer, which is a leaf with an identity
    /// of its own (it may become a trainable parameter); false for a literal, which may be merged with an equal
    /// one.
    public record Constant(Tensor tensor, boolean named) implements Definition {}

    /// Output `index` of `node`.
    public record Result(Node node, int index) implements Definition {}

    Value(String name, Type type, Definition definition) {
        this.name = name;
        this.type = type;
        this.definition = definition;
    }

    /// The name in the model file, or one made up; unique within a graph.
    public String name() {
        return name;
    }

    public Type type() {
        return type;
    }

    public Definition definition() {
        return definition;
    }

    public DType dtype() {
        return type.asTensor().dtype();
    }

    public Shape shape() {
        return type.asTensor().shape();
    }

    public int rank() {
        return shape().rank();
    }

    /// The tensor of a constant.
    public Optional<Tensor> constant() {
        return definition instanceof Constant c ? Optional.of(c.tensor()) : Optional.empty();
    }

    /// Whether this is an initializer.
    public boolean isParameter() {
        return definition instanceof Constant c && c.named();
    }

    /// The node that computes this value, if one does.
    public Optional<Node> producer() {
        return definition instanceof Result r ? Optional.of(r.node()) : Optional.empty();
    }

    /// `%name: f32[N,10]`.
    @Override
    public String toString() {
        return "%" + name + ": " + type;
    }
}
