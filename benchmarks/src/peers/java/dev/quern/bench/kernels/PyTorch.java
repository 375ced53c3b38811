package dev.quern.bench.kernels;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.LayerNorm;
import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Convolutions;
import dev.quern.op.Normalizations;
import dev.quern.op.Products;
import dev.quern.op.Sliding;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// PyTorch through DJL, operator by operator.
public final class PyTorch implements Engine {
    private static final Map<Op, Function<NDArray[], NDArray>> ELEMENTWISE = Map.of(
            Arithmetic.ADD, in -> in[0].add(in[1]),
            Arithmetic.MUL, in -> in[0].mul(in[1]),
            Activations.RELU, in -> Activation.relu(in[0]),
            Activations.SILU, in -> Activation.swish(in[0], 1));

    @Override
    public String name() {
        return "djl-pytorch";
    }

    @Override
    public Run prepare(Work work, int threads) {
        System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(threads));
        NDManager manager = NDManager.newBaseManager("PyTorch");
        Map<Value, NDArray> known = new IdentityHashMap<>();
        for (Value input : work.graph().inputs()) {
            known.put(input, array(manager, requireNonNull(work.inputs().get(input.name()))));
        }
        for (Node n : work.graph().nodes()) {
            n.inputs().forEach(v -> v.constant().ifPresent(t -> known.computeIfAbsent(v, c -> array(manager, t))));
        }
        return new Nodes(work, manager, known, new ArrayList<>());
    }

    private static NDArray array(NDManager manager, Tensor t) {
        if (t.dtype() != DType.F32) {
            throw new UnsupportedOperationException("no tensors of " + t.dtype() + " are passed to PyTorch");
        }
        return manager.create(t.toFloats(), new Shape(t.shape().extents()));
    }

    /// Keeps the results of the last run.
    private record Nodes(Work work, NDManager manager, Map<Value, NDArray> known, List<NDArray> kept) implements Run {
        @Override
        public Object run() {
            kept.forEach(NDArray::close);
            kept.clear();
            Graph graph = work.graph();
            Map<Value, NDArray> values = new IdentityHashMap<>(known);
            try (NDManager scope = manager.newSubManager()) {
                for (Node n : graph.nodes()) {
                    NDArray[] in = n.inputs().stream().map(values::get).toArray(NDArray[]::new);
                    NDArray y = apply(n, in);
                    y.attach(scope);
                    values.put(n.output(0), y);
                }
                for (Value output : graph.outputs()) {
                    NDArray result = requireNonNull(values.get(output));
                    result.attach(manager);
                    kept.add(result);
                }
            }
            return kept;
        }

        @Override
        public List<Tensor> results() {
            return kept.stream()
                    .map(a -> Tensor.of(a.toFloatArray(), a.getShape().getShape()))
                    .toList();
        }

        @Override
        public void close() {
            manager.close();
        }
    }

    private static NDArray apply(Node node, NDArray... in) {
        return switch (node.op()) {
            case Products.MatMul() -> in[0].matMul(in[1]);
            case Arranging.Transpose(List<Integer> perm) ->
                in[0].transpose(perm.stream().mapToInt(axis -> axis).toArray());
            case Softmaxes.Softmax(int axis) -> in[0].softmax(axis);
            case Activations.Gelu(boolean approximate) when !approximate -> Activation.gelu(in[0]);
            case Normalizations.LayerNormalization(int axis, double epsilon)
            when axis == -1 ->
                LayerNorm.layerNorm(in[0], in[1].getShape(), in[1], in[2], (float) epsilon)
                        .singletonOrThrow();
            case Convolutions.Conv(Sliding s, int groups) ->
                Conv2d.conv2d(in[0], in[1], in[2], shape(s.strides()), padding(s), shape(s.dilations()), groups)
                        .singletonOrThrow();
            case Op known
            when ELEMENTWISE.containsKey(known) ->
                requireNonNull(ELEMENTWISE.get(known)).apply(in);
            default -> throw new UnsupportedOperationException(node.op().name() + " is not passed to PyTorch");
        };
    }

    /// Of a window that begins and ends with as much padding.
    private static Shape padding(Sliding sliding) {
        return shape(sliding.pads().subList(0, sliding.pads().size() / 2));
    }

    private static Shape shape(List<Integer> extents) {
        return new Shape(extents.stream().mapToLong(extent -> extent).toArray());
    }
}
