package dev.quern.rewrite;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.Indexing;
import dev.quern.op.Joining;
import dev.quern.op.Passing;
import dev.quern.op.ShapeQueries;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Short integer tensors whose elements are extents of shapes, some of them known by name only: `[N, 12, 64]`. An
/// element that is negative, as −1 is in shapes, counts as unknown.
final class Extents {
    private static final int LONGEST = 64;
    private static final int DEEPEST = 16;

    private final Rewriting.Emitter graph;

    private Extents(Rewriting.Emitter graph) {
        this.graph = graph;
    }

    /// The elements of `v`, row by row, if they can be said.
    static Optional<List<Dim>> of(Value v, Rewriting.Emitter graph) {
        return new Extents(graph).value(v, DEEPEST);
    }

    /// The elements of the result of `op`.
    static Optional<List<Dim>> of(Op op, List<Value> in, Rewriting.Emitter graph) {
        return new Extents(graph).result(op, in, DEEPEST);
    }

    private Optional<List<Dim>> value(Value v, int depth) {
        Optional<Tensor> known = graph.known(v);
        if (known.isPresent()) {
            return literal(known.get());
        }
        return depth == 0 ? Optional.empty() : v.producer().flatMap(n -> result(n.op(), n.inputs(), depth - 1));
    }

    private static Optional<List<Dim>> literal(Tensor t) {
        if (!t.dtype().isInteger() || t.length() > LONGEST) {
            return Optional.empty();
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < t.length(); i++) {
            dims.add(t.getLong(i) < 0 ? Dim.UNKNOWN : Dim.of(t.getLong(i)));
        }
        return Optional.of(dims);
    }

    private Optional<List<Dim>> result(Op op, List<Value> in, int depth) {
        return switch (op) {
            case ShapeQueries.ShapeOf s -> shape(s, in.getFirst());
            case Passing ignored -> value(in.getFirst(), depth);
            case Shaping ignored -> value(in.getFirst(), depth);
            case Casting.Cast(DType to)
            when to.isInteger() && to.bits() >= 32 && isInteger(in.getFirst()) -> value(in.getFirst(), depth);
            case Joining.Concat ignored -> joined(in, depth);
            case Indexing.Gather ignored -> picked(in, depth);
            case Op o when o.equals(Arithmetic.MUL) && in.stream().allMatch(Extents::isInteger) -> product(in, depth);
            default -> Optional.empty();
        };
    }

    private static boolean isInteger(Value v) {
        return v.type() instanceof Type.TensorType t && t.dtype().isInteger();
    }

    private static boolean isVector(Value v) {
        return v.type() instanceof Type.TensorType t
                && t.shape().isRanked()
                && t.shape().rank() == 1;
    }

    private static Optional<List<Dim>> shape(ShapeQueries.ShapeOf s, Value of) {
        if (!(of.type() instanceof Type.TensorType(var ignored, Shape x)) || !x.isRanked()) {
            return Optional.empty();
        }
        int rank = x.rank();
        int from = Math.clamp(s.start() < 0 ? s.start() + rank : s.start(), 0, rank);
        int to = Math.clamp(s.end() < 0 ? s.end() + rank : s.end(), 0, rank);
        return Optional.of(x.dims().subList(from, Math.max(from, to)));
    }

    private Optional<List<Dim>> joined(List<Value> in, int depth) {
        List<Dim> all = new ArrayList<>();
        for (Value v : in) {
            Optional<List<Dim>> part = isVector(v) ? value(v, depth) : Optional.empty();
            if (part.isEmpty()) {
                return Optional.empty();
            }
            all.addAll(part.get());
        }
        return all.size() <= LONGEST ? Optional.of(all) : Optional.empty();
    }

    private Optional<List<Dim>> picked(List<Value> in, int depth) {
        Optional<Tensor> at = graph.known(in.get(1));
        Optional<List<Dim>> from = isVector(in.get(0)) && at.isPresent() ? value(in.get(0), depth) : Optional.empty();
        if (from.isEmpty() || at.isEmpty() || at.get().length() > LONGEST) {
            return Optional.empty();
        }
        int size = from.get().size();
        List<Dim> picked = new ArrayList<>();
        for (long i : at.get().toLongs()) {
            if (i < -size || i >= size) {
                return Optional.empty();
            }
            picked.add(from.get().get((int) (i < 0 ? i + size : i)));
        }
        return Optional.of(picked);
    }

    /// Element by element, where one side may be a single number.
    private Optional<List<Dim>> product(List<Value> in, int depth) {
        Optional<List<Dim>> a = value(in.get(0), depth);
        Optional<List<Dim>> b = value(in.get(1), depth);
        if (a.isEmpty() || b.isEmpty()) {
            return Optional.empty();
        }
        int n = Math.max(a.get().size(), b.get().size());
        List<Dim> x = a.get().size() == 1 ? Collections.nCopies(n, a.get().getFirst()) : a.get();
        List<Dim> y = b.get().size() == 1 ? Collections.nCopies(n, b.get().getFirst()) : b.get();
        if (x.size() != y.size()) {
            return Optional.empty();
        }
        List<Dim> product = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            product.add(x.get(i).times(y.get(i)));
        }
        return Optional.of(product);
    }
}
