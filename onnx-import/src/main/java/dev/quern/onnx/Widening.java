package dev.quern.onnx;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.Logic;
import dev.quern.op.Passing;
import dev.quern.op.Pools;
import dev.quern.op.Reduce;
import dev.quern.op.Sorting;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// An operator on element types that an opset takes, in place of types that it does not take yet: operands are cast
/// to a type that holds all their values, results back.
///
/// Integers stay integers, whose results wrap around as those of the narrow type do; they become floats only where
/// results are elements of operands, or of another type.
final class Widening {
    /// The types that hold every value of a type, nearest first.
    private static final Map<DType, List<DType>> WIDER = Map.ofEntries(
            Map.entry(DType.BOOL, List.of(DType.U8, DType.I32, DType.I64, DType.F32)),
            Map.entry(DType.I2, List.of(DType.I8, DType.I32, DType.I64, DType.F32)),
            Map.entry(DType.I4, List.of(DType.I8, DType.I32, DType.I64, DType.F32)),
            Map.entry(DType.U2, List.of(DType.U8, DType.I32, DType.I64, DType.F32)),
            Map.entry(DType.U4, List.of(DType.U8, DType.I32, DType.I64, DType.F32)),
            Map.entry(DType.I8, List.of(DType.I16, DType.I32, DType.I64, DType.F32)),
            Map.entry(DType.U8, List.of(DType.U16, DType.I32, DType.I64, DType.F32)),
            Map.entry(DType.I16, List.of(DType.I32, DType.I64, DType.F32)),
            Map.entry(DType.U16, List.of(DType.I32, DType.U32, DType.I64, DType.F32)),
            Map.entry(DType.I32, List.of(DType.I64, DType.F64)),
            Map.entry(DType.U32, List.of(DType.I64, DType.U64, DType.F64)),
            Map.entry(DType.F8E4M3FN, List.of(DType.F16, DType.F32)),
            Map.entry(DType.F8E4M3FNUZ, List.of(DType.F16, DType.F32)),
            Map.entry(DType.F8E5M2, List.of(DType.F16, DType.F32)),
            Map.entry(DType.F8E5M2FNUZ, List.of(DType.F16, DType.F32)),
            Map.entry(DType.F16, List.of(DType.F32, DType.F64)),
            Map.entry(DType.BF16, List.of(DType.F32, DType.F64)),
            Map.entry(DType.F32, List.of(DType.F64)));

    private static final Set<Op> SELECTING = Set.of(
            Arithmetic.MAX,
            Arithmetic.MIN,
            Arithmetic.CLIP,
            Arithmetic.SIGN,
            Activations.RELU,
            Logic.WHERE,
            new Arranging.Expand(),
            new Passing.Identity());

    private Widening() {}

    /// The nearest of the types `allowed` that holds every value of `from`.
    static Optional<DType> of(DType from, Set<DType> allowed) {
        return WIDER.getOrDefault(from, List.of()).stream()
                .filter(allowed::contains)
                .findFirst();
    }

    /// The results of `op` by itself on operands of other types.
    ///
    /// @param to the element type of each operand
    /// @throws UnspellableException where that is not the same
    static List<Value> say(Op op, List<DType> to, GraphBuilder g, List<Value> in) {
        List<Type> before = op.infer(g.operands(in));
        boolean throughFloats = false;
        List<Value> wide = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            Value v = in.get(i);
            boolean same = !(v.type() instanceof Type.TensorType t) || t.dtype() == to.get(i);
            throughFloats |= !same && !v.dtype().isFloat() && to.get(i).isFloat();
            wide.add(same ? v : g.apply(new Casting.Cast(to.get(i)), v));
        }
        List<Value> results = new ArrayList<>();
        for (Value v : g.apply(op, wide)) {
            Type type = before.get(results.size());
            boolean same = !(type instanceof Type.TensorType t) || t.dtype() == v.dtype();
            if (!same && throughFloats && !isSelecting(op)) {
                throw new UnspellableException("floats do not wrap around as integers do");
            }
            results.add(same ? v : g.apply(new Casting.Cast(type.asTensor().dtype()), v));
        }
        return results;
    }

    /// Whether results are elements of operands.
    private static boolean isSelecting(Op op) {
        return SELECTING.contains(op)
                || op instanceof Pools.MaxPool
                || op instanceof Sorting.TopK
                || op instanceof Reduce r && (r.kind() == Reduce.Kind.MAX || r.kind() == Reduce.Kind.MIN);
    }
}
