package dev.quern.rewrite;

import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Joining;
import dev.quern.op.Pools;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What only moves numbers, or chooses among them, between a DequantizeLinear and a QuantizeLinear of the same scale
/// and
/// zero point, works on the integers themselves.
///
/// That is exact. Of integers of at most 16 bits, (q − z) · s and the quotient by s are each off by at most one part in
/// 2²⁴, which is far less than the half that would round to another integer; and a positive scale keeps the order.
/// Where
/// a sum lies between (a product, a convolution), the standard's result is that of `f32`, and no integers are put in
/// its
/// place.
final class QuantizedMoves implements Rewriting {
    private static final int MOST_BITS = 16;
    private static final double SMALLEST_SCALE = 1e-30;
    private static final double LARGEST_SCALE = 1e30;

    @Override
    public String name() {
        return "integers between equal scales";
    }

    @Override
    public Optional<Value> apply(Op op, List<Value> operands, Emitter emitter) {
        if (!(op instanceof QuantizeLinear(DType precision, boolean ignored)) || precision != DType.F32) {
            return Optional.empty();
        }
        Optional<Code> code = Code.of(operands.get(1), operands.get(2), emitter);
        return code.flatMap(c -> integers(operands.getFirst(), c, emitter).or(() -> moved(operands, c, emitter)));
    }

    /// How integers stand for numbers.
    private record Code(DType dtype, double scale, long zeroPoint) {
        static Optional<Code> of(Value scale, Value zeroPoint, Emitter emitter) {
            Optional<Tensor> s = emitter.known(scale).filter(t -> t.length() == 1 && t.rank() <= 1);
            Optional<Tensor> z = emitter.known(zeroPoint).filter(t -> t.length() == 1 && t.rank() <= 1);
            if (s.isEmpty()
                    || z.isEmpty()
                    || !zeroPoint.dtype().isInteger()
                    || zeroPoint.dtype().bits() > MOST_BITS) {
                return Optional.empty();
            }
            double factor = s.get().getDouble(0);
            return factor > SMALLEST_SCALE && factor < LARGEST_SCALE
                    ? Optional.of(new Code(zeroPoint.dtype(), factor, z.get().getLong(0)))
                    : Optional.empty();
        }
    }

    /// The integers that `x` was made of, if these were of this code.
    private static Optional<Value> integers(Value x, Code code, Emitter emitter) {
        return x.producer()
                .filter(n -> n.op().equals(new DequantizeLinear(DType.F32)))
                .filter(n -> n.input(0).dtype() == code.dtype()
                        && n.input(0).rank() == x.rank()
                        && Code.of(n.input(1), n.input(2), emitter).equals(Optional.of(code)))
                .map(n -> n.input(0));
    }

    private static Optional<Value> moved(List<Value> operands, Code code, Emitter emitter) {
        Optional<Node> producer = operands.getFirst().producer().filter(n -> n.output(0) == operands.getFirst());
        if (producer.isEmpty()) {
            return Optional.empty();
        }
        Node n = producer.get();
        return switch (n.op()) {
            case Joining.Concat concat -> concatenated(n, concat, code, emitter);
            case Shaping s -> first(n, code, emitter);
            case Arranging a -> first(n, code, emitter);
            case Pools.MaxPool pool -> pool.withIndices() ? Optional.empty() : first(n, code, emitter);
            case Op relu
            when relu.equals(Activations.RELU) ->
                integers(n.input(0), code, emitter).map(q -> emitter.emit(Arithmetic.MAX, List.of(q, operands.get(2))));
            default -> Optional.empty();
        };
    }

    /// The same of the integers, with its other operands as they are.
    private static Optional<Value> first(Node n, Code code, Emitter emitter) {
        return integers(n.input(0), code, emitter).map(q -> {
            List<Value> in = new ArrayList<>(n.inputs());
            in.set(0, q);
            return emitter.emit(n.op(), in);
        });
    }

    private static Optional<Value> concatenated(Node n, Joining.Concat concat, Code code, Emitter emitter) {
        List<Value> parts = new ArrayList<>();
        for (Value v : n.inputs()) {
            integers(v, code, emitter).ifPresent(parts::add);
        }
        return parts.size() == n.inputs().size() ? Optional.of(emitter.emit(concat, parts)) : Optional.empty();
    }
}
