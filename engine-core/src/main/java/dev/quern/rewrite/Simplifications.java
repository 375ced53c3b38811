package dev.quern.rewrite;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Arranging.Transpose;
import dev.quern.op.Casting;
import dev.quern.op.Joining;
import dev.quern.op.Passing;
import dev.quern.op.Shaping;
import dev.quern.op.Tiling;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Rewritings that leave nodes out and look at shapes and attributes to see where. Each keeps every bit of the result,
/// and none says a node by more than one.
public final class Simplifications {
    /// Arithmetic with a number that changes nothing, by operator: x + 0 is not among them, which turns −0 into 0.
    private static final Map<Op, Integer> NEUTRAL =
            Map.of(Arithmetic.MUL, 1, Arithmetic.DIV, 1, Arithmetic.POW, 1, Arithmetic.SUB, 0);

    private Simplifications() {}

    /// All of them.
    public static List<Rewriting> all() {
        return List.of(
                named("same value", Simplifications::sameValue),
                named("neutral operand", Simplifications::neutral),
                named("transposes", Simplifications::transposes),
                named("reshapes", Simplifications::reshapes),
                named("casts", Simplifications::casts),
                named("known extents", Simplifications::knownExtents),
                named("shape arithmetic", Simplifications::reshapeByExtents));
    }

    private interface Body {
        Optional<Value> apply(Op op, List<Value> in, Rewriting.Emitter e);
    }

    private static Rewriting named(String name, Body body) {
        return new Rewriting() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Optional<Value> apply(Op op, List<Value> operands, Emitter emitter) {
                return body.apply(op, operands, emitter);
            }
        };
    }

    /// What hands its operand through, at least for operands of this type.
    private static Optional<Value> sameValue(Op op, List<Value> in, Rewriting.Emitter e) {
        boolean same = switch (op) {
            case Passing ignored -> true;
            case Casting.Cast(DType to) -> in.getFirst().dtype() == to;
            case Casting.CastLike() -> in.get(0).dtype() == in.get(1).dtype();
            case Transpose t -> isInOrder(t, in.getFirst());
            case Joining.Concat ignored -> in.size() == 1;
            case Shaping ignored -> keepsType(op, in, e);
            case Arranging.Expand() -> keepsType(op, in, e);
            case Tiling.Tile() -> keepsType(op, in, e);
            case Arranging.Slice() -> keepsType(op, in, e) && goesForward(in, e);
            default -> false;
        };
        return same ? Optional.of(in.getFirst()) : Optional.empty();
    }

    private static boolean isInOrder(Transpose t, Value x) {
        return isRanked(x)
                && order(t, x.rank())
                        .equals(IntStream.range(0, x.rank()).boxed().toList());
    }

    private static boolean isRanked(Value v) {
        return v.type() instanceof Type.TensorType t && t.shape().isRanked();
    }

    /// Whether the result has the operand's very dims: fixed ones, and symbols, which are one extent each.
    private static boolean keepsType(Op op, List<Value> in, Rewriting.Emitter e) {
        Value x = in.getFirst();
        return isRanked(x)
                && x.shape().dims().stream().noneMatch(d -> d instanceof Dim.Unknown)
                && e.types(op, in).getFirst().equals(x.type());
    }

    private static boolean goesForward(List<Value> in, Rewriting.Emitter e) {
        return in.size() < 5
                || e.known(in.get(4))
                        .map(t -> java.util.Arrays.stream(t.toLongs()).allMatch(step -> step > 0))
                        .orElse(false);
    }

    private static Optional<Value> neutral(Op op, List<Value> in, Rewriting.Emitter e) {
        Integer number = NEUTRAL.get(op);
        if (number == null) {
            return Optional.empty();
        }
        if (isAll(in.get(1), number, e) && keepsType(op, in, e)) {
            return Optional.of(in.get(0));
        }
        boolean swaps = op.equals(Arithmetic.MUL);
        return swaps && isAll(in.get(0), number, e) && keepsType(op, in.reversed(), e)
                ? Optional.of(in.get(1))
                : Optional.empty();
    }

    private static boolean isAll(Value v, int number, Rewriting.Emitter e) {
        Optional<Tensor> known = e.known(v);
        if (known.isEmpty() || known.get().length() == 0 || known.get().dtype() == DType.BOOL) {
            return false;
        }
        Tensor t = known.get();
        return IntStream.range(0, t.length())
                .allMatch(i -> Double.doubleToRawLongBits(t.getDouble(i)) == Double.doubleToRawLongBits(number));
    }

    /// Two transposes one after another are one, or none.
    private static Optional<Value> transposes(Op op, List<Value> in, Rewriting.Emitter e) {
        if (!(op instanceof Transpose second)
                || !(producer(in.getFirst()) instanceof Transpose first)
                || !isRanked(in.getFirst())) {
            return Optional.empty();
        }
        Value x = in.getFirst().producer().orElseThrow().input(0);
        int rank = in.getFirst().rank();
        List<Integer> inner = order(first, rank);
        List<Integer> both = order(second, rank).stream().map(inner::get).toList();
        return Optional.of(e.emit(new Transpose(both), List.of(x)));
    }

    /// Where each axis of the result comes from.
    private static List<Integer> order(Transpose t, int rank) {
        return t.perm().isEmpty()
                ? IntStream.range(0, rank).mapToObj(i -> rank - 1 - i).toList()
                : t.perm().stream().map(a -> Shape.axis(a, rank)).toList();
    }

    private static @org.jspecify.annotations.Nullable Op producer(Value v) {
        return v.producer().map(n -> n.op()).orElse(null);
    }

    /// Of several changes of shape one after another, the last one counts; they may lead back to where they began.
    private static Optional<Value> reshapes(Op op, List<Value> in, Rewriting.Emitter e) {
        if (!(op instanceof Shaping) || !(producer(in.getFirst()) instanceof Shaping)) {
            return Optional.empty();
        }
        Value x = in.getFirst().producer().orElseThrow().input(0);
        Type result = e.types(op, in).getFirst();
        if (result.equals(x.type())
                && isRanked(x)
                && x.shape().dims().stream().noneMatch(d -> d instanceof Dim.Unknown)) {
            return Optional.of(x);
        }
        boolean copiesDims = !(op instanceof Shaping.Reshape)
                || e.known(in.get(1))
                        .map(t -> java.util.Arrays.stream(t.toLongs()).anyMatch(d -> d == 0))
                        .orElse(true);
        return copiesDims ? Optional.empty() : Optional.of(e.emit(op, List.of(x, in.get(1))));
    }

    /// Of two casts the first one is left out if it loses nothing.
    private static Optional<Value> casts(Op op, List<Value> in, Rewriting.Emitter e) {
        if (!(op instanceof Casting.Cast last) || !(producer(in.getFirst()) instanceof Casting.Cast)) {
            return Optional.empty();
        }
        Value x = in.getFirst().producer().orElseThrow().input(0);
        return holds(in.getFirst().dtype(), x.dtype()) ? Optional.of(e.emit(last, List.of(x))) : Optional.empty();
    }

    /// Whether `wide` has every number that `narrow` has, and takes part in casts in the same way.
    private static boolean holds(DType wide, DType narrow) {
        if (wide.isFloat() && narrow.isFloat()) {
            return wide == narrow
                    || wide == DType.F64
                    || (wide == DType.F32 && (narrow == DType.F16 || narrow == DType.BF16));
        }
        return wide.isInteger() && wide.kind() == narrow.kind() && wide.bits() >= narrow.bits();
    }

    /// Shape arithmetic whose result is known though not all dims it comes from are.
    private static Optional<Value> knownExtents(Op op, List<Value> in, Rewriting.Emitter e) {
        Optional<List<Dim>> extents = Extents.of(op, in, e);
        boolean known = extents.isPresent() && extents.get().stream().allMatch(Dim::isFixed);
        if (!known
                || !(e.types(op, in).getFirst() instanceof Type.TensorType(DType dtype, Shape shape))
                || !shape.isConcrete()
                || shape.elements() != extents.get().size()) {
            return Optional.empty();
        }
        Tensor values = Tensor.zeros(dtype, shape);
        for (int i = 0; i < values.length(); i++) {
            values.elements().set(i, extents.get().get(i).extent());
        }
        return Optional.of(e.literal(values));
    }

    /// A Reshape to dims that are taken from the operand's own: 0 and −1 say the same without asking for them.
    private static Optional<Value> reshapeByExtents(Op op, List<Value> in, Rewriting.Emitter e) {
        if (!(op instanceof Shaping.Reshape(boolean allowZero))
                || allowZero
                || !isRanked(in.getFirst())
                || e.known(in.get(1)).isPresent()) {
            return Optional.empty();
        }
        Optional<List<Dim>> extents = Extents.of(in.get(1), e);
        if (extents.isEmpty()) {
            return Optional.empty();
        }
        Shape x = in.getFirst().shape();
        List<Long> wanted = new ArrayList<>();
        for (int i = 0; i < extents.get().size(); i++) {
            Dim d = extents.get().get(i);
            boolean copied = d instanceof Dim.Symbol && i < x.rank() && x.dim(i).equals(d);
            wanted.add(d.isFixed() ? d.extent() : copied ? 0L : -1L);
        }
        boolean clear = wanted.stream().filter(d -> d == -1).count() <= 1
                && extents.get().stream().noneMatch(d -> d.is(0));
        return clear
                ? Optional.of(e.emit(
                        op,
                        List.of(
                                in.getFirst(),
                                e.literal(Tensor.of(
                                        wanted.stream().mapToLong(d -> d).toArray(), wanted.size())))))
                : Optional.empty();
    }
}
