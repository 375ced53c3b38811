package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Convolutions;
import dev.quern.op.Products;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Puts QuantizeLinear and DequantizeLinear around products and convolutions, the form that the standard's tools write
/// and that runtimes turn into integer kernels: activations as `u8` with the range that was seen, weights as `i8`
/// symmetric around 0, biases as `i32` with the product of both scales ([QuantizedPlaces] says where).
///
/// @param ranges what each value covers, by name
public record InsertQuantization(Int8 asked, Map<String, Clipping.Span> ranges) implements Transform {
    public InsertQuantization {
        ranges = Map.copyOf(ranges);
    }

    @Override
    public boolean changesValues() {
        return true;
    }

    @Override
    public List<ConversionReport.Kept> kept(Graph graph) {
        return QuantizedPlaces.of(graph, asked.keep()).kept();
    }

    @Override
    public Graph apply(Graph graph) {
        return new Run(graph).run();
    }

    /// A code with its scale and zero point in the graph.
    private record Placed(EightBits code, Value scale, Value zero) {}

    private final class Run {
        private final Graph graph;
        private final QuantizedPlaces places;
        private final GraphCopy copy;
        private final GraphBuilder builder;
        private final Map<Value, Placed> codes = new IdentityHashMap<>();
        /// Values as their integers say them.
        private final Map<Value, Value> rounded = new IdentityHashMap<>();
        /// Weights and biases, by what decides their integers.
        private final Map<List<Object>, Value> constants = new HashMap<>();

        Run(Graph graph) {
            this.graph = graph;
            this.places = QuantizedPlaces.of(graph, asked.keep());
            this.copy = new GraphCopy(graph);
            this.builder = copy.builder();
        }

        Graph run() {
            copy.inputs();
            graph.inputs().forEach(this::round);
            for (Node n : graph.nodes()) {
                node(n);
                n.outputs().forEach(this::round);
            }
            return copy.finish();
        }

        private void round(Value v) {
            if (!places.coded().contains(v)) {
                return;
            }
            Placed code = codes.computeIfAbsent(places.source(v), this::activations);
            Value q = builder.apply(
                            new QuantizeLinear(DType.F32, true),
                            List.of(copy.of(v), code.scale(), code.zero()),
                            List.of(v.name() + "_quantized"))
                    .getFirst();
            rounded.put(v, dequantized(q, code, v.name()));
        }

        private Placed activations(Value v) {
            Clipping.Span span = ranges.getOrDefault(v.name(), new Clipping.Span(0, 0));
            return placed(EightBits.unsigned(span), v.name());
        }

        private Placed placed(EightBits code, String name) {
            return new Placed(
                    code,
                    builder.parameter(name + "_scale", code.scale()),
                    builder.parameter(name + "_zero_point", code.zero()));
        }

        private Value dequantized(Value q, Placed code, String name) {
            return builder.apply(
                            new DequantizeLinear(DType.F32),
                            List.of(q, code.scale(), code.zero()),
                            List.of(name + "_dequantized"))
                    .getFirst();
        }

        private void node(Node n) {
            if (!places.readers().contains(n)) {
                copy.copy(n);
                return;
            }
            builder.at(n.origins());
            List<Value> in = new ArrayList<>();
            for (Value v : n.inputs()) {
                in.add(rounded.getOrDefault(v, copy.of(v)));
            }
            if (places.products().contains(n)) {
                weights(n, in);
            }
            List<String> names = n.outputs().stream().map(Value::name).toList();
            List<Value> out = builder.apply(n.op(), in, names);
            for (int i = 0; i < out.size(); i++) {
                copy.put(n.output(i), out.get(i));
            }
        }

        /// Puts integers in the place of a product's weights, and of its bias where that has a channel's shape.
        private void weights(Node n, List<Value> in) {
            Value w = n.input(1);
            Tensor numbers = w.constant().orElseThrow();
            EightBits code = EightBits.signed(numbers, asked.perChannel() ? channels(n) : -1, asked.sevenBitWeights());
            in.set(1, constant(w, code, List.of(w, code.scale().shape())));
            if (n.inputs().size() < 3 || n.op() instanceof Products.Gemm g && (g.alpha() != 1 || g.beta() != 1)) {
                return;
            }
            Value bias = n.input(2);
            EightBits left = codes.computeIfAbsent(places.source(n.input(0)), this::activations)
                    .code();
            EightBits sums = EightBits.ofSums(left, code);
            boolean fits = bias.constant().isPresent()
                    && bias.type() instanceof Type.TensorType t
                    && t.dtype() == DType.F32
                    && bias.rank() == 1
                    && (sums.scale().length() == 1
                            || sums.scale().length() == bias.constant().get().length())
                    && sums.holds(bias.constant().get());
            if (fits) {
                in.set(2, constant(bias, sums, List.of(bias, w, places.source(n.input(0)))));
            }
        }

        private Value constant(Value v, EightBits code, List<Object> key) {
            return constants.computeIfAbsent(key, unseen -> {
                Tensor q = code.quantized(v.constant().orElseThrow());
                return dequantized(builder.parameter(v.name() + "_quantized", q), placed(code, v.name()), v.name());
            });
        }

        /// The axis of the weights along which their products go to different channels, or −1.
        private static int channels(Node n) {
            return switch (n.op()) {
                case Convolutions.Conv ignored -> 0;
                case ConvTranspose t -> t.group() == 1 ? 1 : -1;
                case Products.Gemm g -> g.transB() ? 0 : 1;
                default -> n.input(1).rank() == 2 ? 1 : -1;
            };
        }
    }
}
