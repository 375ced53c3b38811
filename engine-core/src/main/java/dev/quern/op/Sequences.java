package dev.quern.op;

import dev.quern.graph.Graph;
import dev.quern.graph.HasBodies;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Operators on sequences of tensors.
public sealed interface Sequences extends HostOp {

    /// An empty sequence. ONNX SequenceEmpty, opset 11.
    record SequenceEmpty(DType dtype) implements Sequences {
        @Override
        public List<Type> infer(Operands in) {
            return List.of(new Type.SequenceType(Type.tensor(dtype, Shape.UNRANKED)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            return List.of(new Datum.Sequence(Type.tensor(dtype, Shape.UNRANKED), List.of()));
        }
    }

    /// The operands as a sequence. ONNX SequenceConstruct, opset 11.
    record SequenceConstruct() implements Sequences {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, Integer.MAX_VALUE);
            return List.of(new Type.SequenceType(Type.tensor(in.dtype(0), Shape.UNRANKED)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            return List.of(sequence(in.getFirst().asTensor().dtype(), in));
        }
    }

    /// Element `operand 1` of operand 0; negative positions count from the end. ONNX SequenceAt, opset 11.
    record SequenceAt() implements Sequences {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(2, 2);
            return List.of(element(in.type(0)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            List<Datum> values = values(in.get(0));
            return List.of(values.get(position(in.get(1), values.size(), values.size())));
        }
    }

    /// Operand 0 with operand 1 put in before position `operand 2`, at the end where there is none. ONNX
    /// SequenceInsert, opset 11.
    record SequenceInsert() implements Sequences {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(2, 3);
            return List.of(in.type(0));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            List<Datum> values = new ArrayList<>(values(in.get(0)));
            int at = in.size() == 3 ? position(in.get(2), values.size(), values.size() + 1) : values.size();
            values.add(at, in.get(1));
            return List.of(sequence(in.get(1).asTensor().dtype(), values));
        }
    }

    /// Operand 0 without the element at position `operand 1`, the last one where there is none. ONNX SequenceErase,
    /// opset 11.
    record SequenceErase() implements Sequences {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 2);
            return List.of(in.type(0));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            List<Datum> values = new ArrayList<>(values(in.get(0)));
            int at = in.size() == 2 ? position(in.get(1), values.size(), values.size()) : values.size() - 1;
            values.remove(at);
            return List.of(new Datum.Sequence(element(in.get(0).type()), values));
        }
    }

    /// The number of elements, a scalar i64. ONNX SequenceLength, opset 11.
    record SequenceLength() implements Sequences {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            return List.of(Type.tensor(DType.I64));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            return List.of(Tensor.scalar(DType.I64, (long) values(in.getFirst()).size()));
        }
    }

    /// The elements of a sequence joined along `axis`: one after another, or stacked along a new axis. ONNX
    /// ConcatFromSequence, opset 11.
    record ConcatFromSequence(int axis, boolean newAxis) implements Sequences {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            Type.TensorType t = element(in.type(0)).asTensor();
            if (!t.shape().isRanked()) {
                return List.of(t);
            }
            return List.of(
                    newAxis
                            ? Stacking.type(t, axis, Dim.UNKNOWN)
                            : Type.tensor(t.dtype(), t.shape().with(axis, Dim.UNKNOWN)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            List<Tensor> parts =
                    values(in.getFirst()).stream().map(Datum::asTensor).toList();
            if (parts.isEmpty()) {
                throw new ShapeException("an empty sequence cannot be joined");
            }
            if (newAxis) {
                int at = Shape.axis(axis, parts.getFirst().rank() + 1);
                parts = parts.stream().map(t -> widened(t, at)).toList();
            }
            return List.copyOf(new Joining.Concat(axis).evaluate(parts));
        }

        private static Tensor widened(Tensor t, int axis) {
            List<Dim> dims = new ArrayList<>(t.shape().dims());
            dims.add(axis, Dim.of(1));
            return t.reshape(Shape.of(dims));
        }
    }

    /// Operand 0 cut along `axis` into a sequence: into parts of the extents or the extent that operand 1 says,
    /// else of 1, then without the axis unless `keepDims`. ONNX SplitToSequence, opset 24.
    record SplitToSequence(int axis, boolean keepDims) implements Sequences {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 2);
            return List.of(new Type.SequenceType(Type.tensor(in.dtype(0), Shape.UNRANKED)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            long extent = x.shape().dim(axis).extent();
            List<Datum> parts = new ArrayList<>();
            if (in.size() == 1 && !keepDims) {
                for (long i = 0; i < extent; i++) {
                    parts.add(Stacking.slice(x, axis, i));
                }
            } else {
                long[] extents = extents(in, extent);
                Tensor listed = Tensor.of(extents, extents.length);
                parts.addAll(new Joining.Split(axis, extents.length).evaluate(List.of(x, listed)));
            }
            return List.of(sequence(x.dtype(), parts));
        }

        private static long[] extents(List<Datum> in, long extent) {
            if (in.size() == 2 && in.get(1).asTensor().rank() == 1) {
                return in.get(1).asTensor().toLongs();
            }
            long step = in.size() == 2 ? in.get(1).asTensor().getLong(0) : 1;
            long[] extents = new long[(int) Math.ceilDiv(extent, step)];
            java.util.Arrays.fill(extents, step);
            if (extent % step != 0) {
                extents[extents.length - 1] = extent % step;
            }
            return extents;
        }
    }

    /// Runs `body` for each element of the first `sequences` operands that are sequences; the others, and what the
    /// body captured, are the same each time. ONNX SequenceMap, opset 17.
    record SequenceMap(Graph body) implements Sequences, HasBodies {
        @Override
        public List<Graph> bodies() {
            return List.of(body);
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(body.inputs().size(), body.inputs().size());
            List<Type> types = new ArrayList<>();
            for (Value v : body.outputs()) {
                types.add(new Type.SequenceType(v.type()));
            }
            return types;
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            int length = values(in.getFirst()).size();
            List<List<Datum>> results = new ArrayList<>();
            body.outputs().forEach(v -> results.add(new ArrayList<>()));
            for (int i = 0; i < length; i++) {
                host.checkCancelled();
                List<Datum> arguments = new ArrayList<>();
                for (Datum d : in) {
                    arguments.add(d instanceof Datum.Sequence s ? s.values().get(i) : d);
                }
                List<Datum> out = host.run(body, arguments);
                for (int j = 0; j < out.size(); j++) {
                    results.get(j).add(out.get(j));
                }
            }
            List<Datum> sequences = new ArrayList<>();
            for (int j = 0; j < results.size(); j++) {
                sequences.add(new Datum.Sequence(body.outputs().get(j).type(), results.get(j)));
            }
            return sequences;
        }
    }

    private static Type element(Type sequence) {
        if (sequence instanceof Type.SequenceType(Type element)) {
            return element;
        }
        throw new ShapeException("operand 0 must be a sequence, not " + sequence);
    }

    private static List<Datum> values(Datum sequence) {
        if (sequence instanceof Datum.Sequence(Type ignored, List<Datum> values)) {
            return values;
        }
        throw new ShapeException("operand 0 must be a sequence, not " + sequence.type());
    }

    private static Datum sequence(DType dtype, List<? extends Datum> values) {
        return new Datum.Sequence(Type.tensor(dtype, Shape.UNRANKED), Collections.unmodifiableList(values));
    }

    private static int position(Datum at, int length, int bound) {
        long i = at.asTensor().getLong(0);
        long counted = i < 0 ? i + length : i;
        if (counted < 0 || counted >= bound) {
            throw new ShapeException("position " + i + " is outside a sequence of " + length);
        }
        return (int) counted;
    }
}
