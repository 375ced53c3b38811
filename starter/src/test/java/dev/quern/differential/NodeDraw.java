package dev.quern.differential;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// A node that is being drawn: a row adds operands and attributes to it.
final class NodeDraw {
    private static final int[] EXTENTS = {1, 1, 2, 2, 3, 3, 5, 7, 8, 9, 15, 16, 17};
    private static final int MOST_ELEMENTS = 2000;

    private final Optional<DType> floats;
    private final Random random;
    private final int opset;
    private final String prefix;
    private final Map<String, Tensor> known;
    private final Map<String, Tensor> inputs = new LinkedHashMap<>();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final List<String> operands = new ArrayList<>();
    private final List<AttributeProto> attributes = new ArrayList<>();
    private final List<NodeProto> helpers = new ArrayList<>();
    private final Set<String> read = new LinkedHashSet<>();
    private String domain = "";
    private int outputs = 1;
    private Agreement agreement = Agreement.CLOSE;

    /// @param known values of the graph so far, which may become operands
    /// @param prefix for the names of new values
    /// @param floats the type that floats have where a row leaves the choice
    NodeDraw(Random random, int opset, String prefix, Map<String, Tensor> known, Optional<DType> floats) {
        this.floats = floats;
        this.random = random;
        this.opset = opset;
        this.prefix = prefix;
        this.known = known;
    }

    // ---- chance

    int opset() {
        return opset;
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    int from(int least, int most) {
        return random.nextInt(least, most + 1);
    }

    float real(double least, double most) {
        return (float) random.nextDouble(least, most);
    }

    @SafeVarargs
    final <T> T oneOf(T... values) {
        return values[random.nextInt(values.length)];
    }

    /// Mostly f32, else one of the types; the type that all floats shall have, if it is among them.
    DType type(DType... types) {
        if (floats.isPresent() && List.of(types).contains(floats.get())) {
            return floats.get();
        }
        DType first = types[0];
        return chance(40) ? first : oneOf(types);
    }

    /// 0 seldom, small numbers, primes, powers of two and their neighbours.
    int extent() {
        return chance(3) ? 0 : EXTENTS[random.nextInt(EXTENTS.length)];
    }

    /// An extent of at least 1.
    int positive() {
        return EXTENTS[random.nextInt(EXTENTS.length)];
    }

    long[] shape(int leastRank, int mostRank) {
        long[] shape = new long[from(leastRank, mostRank)];
        long elements = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = elements > MOST_ELEMENTS / 17 ? from(1, 2) : extent();
            elements *= Math.max(1, shape[i]);
        }
        return shape;
    }

    /// A shape without an extent of 0.
    long[] solid(int leastRank, int mostRank) {
        return Arrays.stream(shape(leastRank, mostRank))
                .map(e -> Math.max(1, e))
                .toArray();
    }

    /// A shape that broadcasts with `other`: leading axes left out or added, extents set to 1.
    long[] broadcastable(long[] other) {
        int drop = chance(40) && other.length > 0 ? from(0, other.length) : 0;
        long[] shape = IntStream.range(drop, other.length)
                .mapToLong(i -> chance(25) ? 1 : other[i])
                .toArray();
        return shape;
    }

    /// An axis, counted from the end half of the time.
    int axis(int rank) {
        int axis = random.nextInt(rank);
        return chance(50) ? axis : axis - rank;
    }

    /// Different axes in any order, at least one.
    long[] axes(int rank) {
        List<Integer> all = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.shuffle(all, random);
        return all.subList(0, from(1, rank)).stream()
                .mapToLong(a -> chance(70) ? a : a - rank)
                .toArray();
    }

    long[] permutation(int rank) {
        List<Integer> all = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.shuffle(all, random);
        return all.stream().mapToLong(Integer::longValue).toArray();
    }

    // ---- operands

    /// Any value of one of the types and a rank in the range: one of the graph, if there is one that fits, or a
    /// new one.
    Tensor any(Fill fill, int leastRank, int mostRank, DType... types) {
        return known(t -> fits(t, fill, leastRank, mostRank, types))
                .orElseGet(() -> fresh(fill.draw(random, type(types), shape(leastRank, mostRank)), 75));
    }

    /// As [#any], without an extent of 0.
    Tensor solidAny(Fill fill, int leastRank, int mostRank, DType... types) {
        return known(t -> t.length() > 0 && fits(t, fill, leastRank, mostRank, types))
                .orElseGet(() -> fresh(fill.draw(random, type(types), solid(leastRank, mostRank)), 75));
    }

    private static boolean fits(Tensor t, Fill fill, int leastRank, int mostRank, DType... types) {
        return List.of(types).contains(t.dtype()) && t.rank() >= leastRank && t.rank() <= mostRank && fill.admits(t);
    }

    /// One of the values of the graph so far, mostly the newest.
    private Optional<Tensor> known(Predicate<Tensor> fits) {
        List<String> fitting = known.entrySet().stream()
                .filter(e -> fits.test(e.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        if (fitting.isEmpty() || chance(20)) {
            return Optional.empty();
        }
        String name = fitting.get(chance(60) ? fitting.size() - 1 : random.nextInt(fitting.size()));
        operands.add(name);
        read.add(name);
        return Optional.of(known.get(name));
    }

    /// A value of exactly this type and shape.
    Tensor of(Fill fill, DType dtype, long... extents) {
        return known(t -> t.dtype() == dtype && Arrays.equals(t.shape().extents(), extents) && fill.admits(t))
                .orElseGet(() -> fresh(fill.draw(random, dtype, extents), 65));
    }

    /// A new value: an input of the graph, or a constant of it.
    Tensor fresh(Tensor value, int percentInput) {
        String name = prefix + read.size();
        read.add(name);
        (chance(percentInput) ? inputs : constants).put(name, value);
        operands.add(name);
        return value;
    }

    /// Numbers that decide shapes or select: constants mostly.
    NodeDraw longs(long... values) {
        fresh(Tensor.of(values, values.length), 20);
        return this;
    }

    /// Integers in a range, of i64 or i32.
    Tensor indices(long least, long most, long... extents) {
        DType dtype = type(DType.I64, DType.I32);
        Tensor t = Tensor.zeros(dtype, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextLong(least, most + 1));
        }
        return fresh(t, 50);
    }

    /// An operand that is left out.
    NodeDraw absent() {
        operands.add("");
        return this;
    }

    // ---- nodes in front

    /// Takes the last operand back and gives its name: what a node in front, or the body of control flow, reads.
    String taken() {
        return operands.removeLast();
    }

    /// A node in front of the drawn one, whose value need not be a tensor.
    ///
    /// @return the name of its result
    String before(String operator, List<String> read, AttributeProto... with) {
        String result = prefix + "h" + helpers.size();
        helpers.add(NodeProto.of("", operator, result, read, List.of(result), List.of(with)));
        return result;
    }

    /// The result of a node in front as operand.
    NodeDraw operand(String name) {
        operands.add(name);
        return this;
    }

    // ---- the rest of the node

    NodeDraw with(String attribute, long value) {
        attributes.add(AttributeProto.of(attribute, value));
        return this;
    }

    NodeDraw with(String attribute, float value) {
        attributes.add(AttributeProto.of(attribute, value));
        return this;
    }

    NodeDraw with(String attribute, String value) {
        attributes.add(AttributeProto.of(attribute, value));
        return this;
    }

    NodeDraw with(String attribute, long[] values) {
        attributes.add(AttributeProto.ofInts(attribute, values));
        return this;
    }

    NodeDraw with(String attribute, float[] values) {
        attributes.add(AttributeProto.ofFloats(attribute, values));
        return this;
    }

    NodeDraw with(String attribute, List<String> values) {
        attributes.add(AttributeProto.ofStrings(attribute, values));
        return this;
    }

    /// A tensor attribute.
    NodeDraw with(String attribute, Tensor value) {
        attributes.add(AttributeProto.of(attribute, dev.quern.onnx.OnnxTensors.encode("", value)));
        return this;
    }

    NodeDraw with(String attribute, GraphProto body) {
        attributes.add(AttributeProto.of(attribute, body));
        return this;
    }

    NodeDraw outputs(int count) {
        outputs = count;
        return this;
    }

    NodeDraw domain(String name) {
        domain = name;
        return this;
    }

    NodeDraw agreement(Agreement wanted) {
        agreement = wanted;
        return this;
    }

    /// What was drawn.
    ///
    /// @param nodes the drawn node is the last one
    /// @param read the operands of all nodes, and what bodies capture
    /// @param inputs new inputs of the graph with the values that they are given
    /// @param constants new constants of the graph
    record Drawn(
            List<NodeProto> nodes,
            Set<String> read,
            Map<String, Tensor> inputs,
            Map<String, Tensor> constants,
            Agreement agreement) {
        NodeProto node() {
            return nodes.getLast();
        }

        /// The node with its operands, one a line.
        String text(Map<String, Tensor> values) {
            StringBuilder text = new StringBuilder(node().opType());
            node().attributes()
                    .forEach(a -> text.append(' ').append(a.name()).append('=').append(text(a.value())));
            for (String name : read) {
                text.append("\n    ").append(name).append(' ').append(values.get(name));
                text.append(inputs.containsKey(name) ? " (input)" : "");
            }
            return text.append("\n   ").append(node().inputs()).toString();
        }

        private static String text(AttributeValue value) {
            return switch (value) {
                case AttributeValue.OfInts i -> Arrays.toString(i.values().toLongs());
                case AttributeValue.OfFloats f -> Arrays.toString(f.values().toArray());
                case AttributeValue.OfString s -> s.text();
                default -> value.toString();
            };
        }
    }

    Drawn drawn(String operator) {
        List<String> results =
                IntStream.range(0, outputs).mapToObj(i -> prefix + "r" + i).toList();
        List<NodeProto> nodes = new ArrayList<>(helpers);
        nodes.add(NodeProto.of(domain, operator, prefix, operands, results, attributes));
        return new Drawn(nodes, read, inputs, constants, agreement);
    }
}
