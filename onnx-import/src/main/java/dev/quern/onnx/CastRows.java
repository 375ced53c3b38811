package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.DataType;
import dev.quern.op.Casting;
import dev.quern.op.Complexes;
import dev.quern.op.Narrowing;
import dev.quern.op.Narrowing.ToPowerOfTwo;
import dev.quern.op.Narrowing.ToPowerOfTwo.Direction;
import dev.quern.op.Strings;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Changes of element type.
final class CastRows {
    private CastRows() {}

    static List<Row> rows() {
        return List.of(
                row("Cast", 1, n -> cast(n, named(n))),
                row("Cast", 6, n -> cast(n, to(n)))
                        .writes(Casting.Cast.class, CastRows::cast)
                        .writes(Strings.CastString.class, (op, n) -> n.dtype("to", op.to()))
                        .writes(Narrowing.Saturated.class, (op, n) -> n.dtype("to", op.to()))
                        .writes(ToPowerOfTwo.class, CastRows::power),
                row("CastLike", 15, CastRows::castLike).writes(new Casting.CastLike()),
                row("BitCast", 26, CastRows::bitCast)
                        .writes(Casting.BitCast.class, (op, n) -> n.dtype("to", op.to()))
                        .writes(Complexes.BitCast.class, (op, n) -> n.dtype("to", op.to())));
    }

    /// Floats of 8 bits saturate in ONNX unless told not to.
    private static void cast(Casting.Cast op, NodeExport n) {
        n.dtype("to", op.to());
        switch (op.to()) {
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ -> n.flag("saturate", false);
            case F8E8M0 -> throw n.unwritable("ONNX rounds to f8e8m0 in other ways than an expression does");
            default -> {}
        }
    }

    private static void power(ToPowerOfTwo op, NodeExport n) {
        n.dtype("to", DType.F8E8M0)
                .text("round_mode", op.direction().name().toLowerCase(Locale.ROOT))
                .flag("saturate", op.saturate());
    }

    private static List<Value> bitCast(NodeImport n) {
        DType to = to(n);
        boolean complex = to.isComplex() || n.in(0).dtype().isComplex();
        return n.result(complex ? new Complexes.BitCast(to) : new Casting.BitCast(to), n.in(0));
    }

    private static DType to(NodeImport n) {
        return n.dtype("to").orElseThrow(() -> new UnsupportedNodeException("no type to cast to"));
    }

    /// Before opset 6 the type was given by its name.
    private static DType named(NodeImport n) {
        String name = n.text("to", "");
        return Arrays.stream(DataType.values())
                .filter(t -> t.name().equals(name))
                .findFirst()
                .map(OnnxTypes::dtype)
                .orElseThrow(() -> new UnsupportedNodeException("there is no element type " + name));
    }

    private static List<Value> castLike(NodeImport n) {
        DType to = n.in(1).dtype();
        boolean plain = to.bits() >= 16 && n.in(0).dtype() != DType.STRING;
        return plain ? n.result(new Casting.CastLike(), n.in(0), n.in(1)) : cast(n, to);
    }

    private static List<Value> cast(NodeImport n, DType to) {
        Value x = n.in(0);
        if (to == DType.STRING) {
            return n.result(new Strings.CastString(to), x);
        }
        Op cast = toNumber(n, to);
        if (x.dtype() != DType.STRING) {
            return n.result(cast, x);
        }
        return cast instanceof Narrowing
                ? n.result(cast, n.apply(new Strings.CastString(DType.F32), x))
                : n.result(new Strings.CastString(to), x);
    }

    private static Op toNumber(NodeImport n, DType to) {
        boolean saturate = n.flag("saturate", true);
        return switch (to) {
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ ->
                saturate ? new Narrowing.Saturated(to) : new Casting.Cast(to);
            case F8E8M0 -> new ToPowerOfTwo(direction(n), saturate);
            default -> new Casting.Cast(to);
        };
    }

    private static Direction direction(NodeImport n) {
        String mode = n.text("round_mode", "up");
        return switch (mode) {
            case "up" -> Direction.UP;
            case "down" -> Direction.DOWN;
            case "nearest" -> Direction.NEAREST;
            default -> throw new UnsupportedNodeException("round_mode must be up, down or nearest, not " + mode);
        };
    }
}
