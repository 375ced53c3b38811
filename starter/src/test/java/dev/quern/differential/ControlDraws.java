package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.row;
import static dev.quern.differential.OperatorDraw.until;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/// Control flow, sequences and optionals: bodies of a few nodes, values that are no tensors between nodes in front.
final class ControlDraws {
    private static final DType[] TYPES = {DType.F32, DType.F64, DType.I64, DType.I32};

    private ControlDraws() {}

    static List<OperatorDraw> rows() {
        List<OperatorDraw> rows = new ArrayList<>();
        rows.addAll(control());
        rows.addAll(sequences());
        rows.addAll(optionals());
        return rows;
    }

    /// A function of one operand that keeps its type.
    private static String unary(NodeDraw n, BodyDraw body, String operand) {
        return body.node(n.oneOf("Neg", "Abs", "Identity", "Sign"), List.of(operand));
    }

    private static List<OperatorDraw> control() {
        return List.of(
                row(9, "If", n -> {
                    DType dtype = n.any(Fill.FINITE, 0, 3, TYPES).dtype();
                    String x = n.taken();
                    n.of(Fill.FINITE, dtype);
                    String y = n.taken();
                    n.fresh(Fill.ANY.draw(new Random(n.from(0, 99)), DType.BOOL), 60);
                    BodyDraw yes = new BodyDraw("yes_");
                    yes.output(unary(n, yes, yes.node("Add", List.of(x, y))), dtype);
                    BodyDraw no = new BodyDraw("no_");
                    // The branches may differ in rank.
                    no.output(n.chance(50) ? no.node("Flatten", List.of(x)) : unary(n, no, x), dtype);
                    n.with("then_branch", yes.graph());
                    n.with("else_branch", no.graph());
                }),
                row(9, "Loop", ControlDraws::loop),
                row(13, "Loop of Loops", n -> {
                    Tensor x = n.solidAny(Fill.FINITE, 0, 2, DType.F32, DType.I64);
                    String state = n.taken();
                    n.fresh(Tensor.scalar(DType.I64, (long) n.from(1, 3)), 50);
                    n.absent().operand(state);
                    BodyDraw inner = new BodyDraw("inner_");
                    inner.scalar(DType.I64);
                    String going = inner.scalar(DType.BOOL);
                    String own = inner.input(x.dtype());
                    inner.output(inner.node("Identity", List.of(going)), DType.BOOL);
                    inner.output(inner.node("Add", List.of(own, state)), x.dtype());
                    BodyDraw outer = new BodyDraw("outer_");
                    String count = outer.scalar(DType.I64);
                    String on = outer.scalar(DType.BOOL);
                    String value = outer.input(x.dtype());
                    outer.output(outer.node("Identity", List.of(on)), DType.BOOL);
                    // The outer count is the inner number of iterations.
                    String result =
                            outer.node("Loop", List.of(count, "", value), AttributeProto.of("body", inner.graph()));
                    outer.output(result, x.dtype()).output(unary(n, outer, result), x.dtype());
                    n.with("body", outer.graph()).outputs(2);
                }),
                row(9, "Scan", ControlDraws::scan));
    }

    /// `count` or `until a sum is reached` iterations of state + captured, with a scan output.
    private static void loop(NodeDraw n) {
        Tensor x = n.solidAny(Fill.FINITE, 0, 3, TYPES);
        String state = n.taken();
        n.of(Fill.FINITE, x.dtype());
        String step = n.taken();
        // Of no iterations the extents of scan outputs are free.
        int most = n.from(1, 5);
        n.fresh(Tensor.scalar(DType.I64, (long) most), 50);
        if (n.chance(50)) {
            n.fresh(Tensor.scalar(DType.BOOL, 1L), 50);
        } else {
            n.absent();
        }
        n.operand(state);
        n.fresh(Tensor.scalar(DType.I64, (long) n.from(0, 6)), 50);
        String stop = n.taken();
        BodyDraw body = new BodyDraw("body_");
        String count = body.scalar(DType.I64);
        String going = body.scalar(DType.BOOL);
        String value = body.input(x.dtype());
        body.output(
                n.chance(40) ? body.node("Less", List.of(count, stop)) : body.node("Identity", List.of(going)),
                DType.BOOL);
        String next = body.node(n.oneOf("Add", "Sub"), List.of(value, step));
        body.output(next, x.dtype());
        int scans = n.from(0, 2);
        if (scans > 0) {
            body.output(unary(n, body, next), x.dtype());
        }
        if (scans > 1) {
            body.output(body.node("Identity", List.of(count)), DType.I64);
        }
        n.with("body", body.graph()).outputs(1 + scans);
    }

    private static void scan(NodeDraw n) {
        long steps = n.from(1, 5);
        long[] shape = n.solid(0, 2);
        int axis = n.opset() >= 9 ? n.from(0, shape.length) : 0;
        long[] scanned = new long[shape.length + 1];
        Arrays.setAll(scanned, i -> i == axis ? steps : shape[i < axis ? i : i - 1]);
        DType dtype = n.type(TYPES);
        n.of(Fill.FINITE, dtype, shape);
        n.of(Fill.FINITE, dtype, scanned);
        BodyDraw body = new BodyDraw("body_");
        String state = body.input(dtype);
        String element = body.input(dtype);
        String next = body.node(n.oneOf("Add", "Sub"), List.of(state, element));
        body.output(next, dtype).output(unary(n, body, n.oneOf(next, element)), dtype);
        n.with("num_scan_inputs", 1).with("scan_input_axes", new long[] {axis});
        n.with("scan_input_directions", new long[] {n.from(0, 1)});
        n.with("scan_output_directions", new long[] {n.from(0, 1)});
        n.with("scan_output_axes", new long[] {n.from(0, shape.length)});
        n.with("body", body.graph()).outputs(2);
    }

    /// A sequence of tensors of one type; of one shape where `same`.
    private static String sequence(NodeDraw n, DType dtype, boolean same, int count) {
        long[] shape = n.shape(1, 3);
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            n.of(Fill.ANY, dtype, same ? shape : n.shape(0, 2));
            elements.add(n.taken());
        }
        return n.before("SequenceConstruct", elements);
    }

    private static NodeDraw position(NodeDraw n, int least, int most) {
        n.fresh(
                n.chance(50)
                        ? Tensor.scalar(DType.I64, (long) n.from(least, most))
                        : Tensor.scalar(DType.I32, (long) n.from(least, most)),
                50);
        return n;
    }

    private static List<OperatorDraw> sequences() {
        return List.of(
                row(11, "SequenceAt", n -> {
                    int count = n.from(1, 4);
                    n.operand(sequence(n, n.oneOf(ElementwiseDraws.NUMBERS), false, count));
                    position(n, -count, count - 1);
                }),
                row(11, "SequenceLength", n -> n.operand(sequence(n, n.type(TYPES), false, n.from(1, 4)))),
                row(11, "SequenceLength after SequenceErase", n -> {
                    int count = n.from(1, 4);
                    String all = sequence(n, n.type(TYPES), false, count);
                    String place = position(n, -count, count - 1).taken();
                    n.operand(n.before("SequenceErase", n.chance(50) ? List.of(all) : List.of(all, place)));
                }),
                row(11, "ConcatFromSequence", n -> {
                    String all = sequence(n, n.oneOf(ElementwiseDraws.NUMBERS), true, n.from(1, 4));
                    n.operand(all).with("axis", 0).with("new_axis", n.from(0, 1));
                }),
                row(11, "SequenceAt after SequenceInsert", n -> {
                    int count = n.from(1, 3);
                    DType dtype = n.type(TYPES);
                    String all = sequence(n, dtype, false, count);
                    n.of(Fill.ANY, dtype, n.shape(0, 2));
                    String element = n.taken();
                    String place = position(n, -count, count).taken();
                    n.operand(n.before(
                            "SequenceInsert", n.chance(50) ? List.of(all, element) : List.of(all, element, place)));
                    position(n, -count - 1, count);
                }),
                row(11, "SequenceAt of SequenceEmpty", n -> {
                    DType dtype = n.any(Fill.ANY, 0, 3, TYPES).dtype();
                    String element = n.taken();
                    long code = dtype == DType.F32 ? 1 : dtype == DType.F64 ? 11 : dtype == DType.I64 ? 7 : 6;
                    String none = n.before("SequenceEmpty", List.of(), AttributeProto.of("dtype", code));
                    n.operand(n.before("SequenceInsert", List.of(none, element)));
                    position(n, -1, 0);
                }),
                row(11, "SequenceAt of SplitToSequence", n -> {
                    Tensor x = n.solidAny(Fill.ANY, 1, 3, TYPES);
                    String whole = n.taken();
                    int axis = n.from(0, x.rank() - 1);
                    long extent = x.shape().dim(axis).extent();
                    AttributeProto along = AttributeProto.of("axis", axis);
                    int form = n.from(0, 2);
                    // With split given keepdims does not count; ONNX Runtime heeds it where split is 1.
                    AttributeProto keep = AttributeProto.of("keepdims", form == 0 ? n.from(0, 1) : 1);
                    long part = n.from(1, (int) extent);
                    if (form == 1) {
                        n.fresh(Tensor.scalar(DType.I64, part), 30);
                    } else if (form == 2) {
                        n.longs(part, extent - part);
                    }
                    List<String> read = form == 0 ? List.of(whole) : List.of(whole, n.taken());
                    n.operand(n.before("SplitToSequence", read, along, keep));
                    position(n, -1, 0);
                }),
                row(17, "ConcatFromSequence of SequenceMap", n -> {
                    DType dtype = n.type(TYPES);
                    String all = sequence(n, dtype, true, n.from(1, 3));
                    n.of(Fill.FINITE, dtype);
                    String shared = n.taken();
                    BodyDraw body = new BodyDraw("body_");
                    String element = body.input(dtype);
                    String other = body.input(dtype);
                    body.output(body.node(n.oneOf("Add", "Sub"), List.of(element, other)), dtype);
                    n.operand(n.before("SequenceMap", List.of(all, shared), AttributeProto.of("body", body.graph())));
                    n.with("axis", 0).with("new_axis", n.from(0, 1));
                }));
    }

    private static List<OperatorDraw> optionals() {
        return List.of(
                row(15, "OptionalHasElement", n -> {
                    n.any(Fill.ANY, 0, 3, TYPES);
                    n.operand(n.before("Optional", List.of(n.taken())));
                }),
                row(15, "OptionalGetElement", n -> {
                    n.any(Fill.ANY, 0, 3, TYPES);
                    n.operand(n.before("Optional", List.of(n.taken())));
                }),
                row(18, "OptionalHasElement of a tensor", n -> n.any(Fill.ANY, 0, 3, TYPES)),
                row(15, "SequenceLength of an optional", n -> {
                    String all = sequence(n, n.type(TYPES), false, n.from(1, 3));
                    n.operand(n.before("OptionalGetElement", List.of(n.before("Optional", List.of(all)))));
                }),
                until(10, "Scatter", n -> {
                    Tensor x = n.solidAny(Fill.ANY, 1, 3, TYPES);
                    long[] shape = Arrays.stream(x.shape().extents())
                            .map(e -> n.from(1, (int) e))
                            .toArray();
                    int axis = n.from(0, x.rank() - 1);
                    shape[axis] = 1;
                    n.indices(0, x.shape().dim(axis).extent() - 1, shape);
                    n.of(Fill.ANY, x.dtype(), shape);
                    n.with("axis", axis);
                }),
                row(7, "Dropout", n -> n.any(Fill.ANY, 0, 4, DType.F32)),
                row(
                        7,
                        "Constant",
                        n -> n.with(
                                "value",
                                Fill.ANY.draw(
                                        new Random(n.from(0, 999)), n.oneOf(ElementwiseDraws.NUMBERS), n.shape(0, 3)))),
                row(12, "Constant of numbers", n -> {
                    long[] longs = LongStream.range(0, n.from(1, 4)).toArray();
                    switch (n.from(0, 3)) {
                        case 0 -> n.with("value_int", n.from(-9, 9));
                        case 1 -> n.with("value_float", n.real(-2, 2));
                        case 2 -> n.with("value_ints", longs);
                        default -> n.with("value_strings", List.of("a", "", "b c"));
                    }
                }));
    }
}
