package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.onnx.NodeImport.Body;
import dev.quern.op.ControlFlow;
import dev.quern.op.Optionals;
import dev.quern.op.Sequences;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Branches, loops, sequences, optionals.
final class ControlFlowRows {
    private ControlFlowRows() {}

    static List<Row> rows() {
        return List.of(
                row("If", 1, ControlFlowRows::branch).writes(ControlFlow.If.class, ControlFlowRows::branch),
                row("Loop", 1, ControlFlowRows::loop).writes(ControlFlow.Loop.class, ControlFlowRows::loop),
                row("Scan", 9, ControlFlowRows::scan).writes(ControlFlow.Scan.class, ControlFlowRows::scan),
                row(
                                "SequenceEmpty",
                                11,
                                n -> n.result(new Sequences.SequenceEmpty(
                                        n.dtype("dtype").orElse(DType.F32))))
                        .writes(Sequences.SequenceEmpty.class, (op, n) -> n.dtype("dtype", op.dtype())),
                row("SequenceConstruct", 11, new Sequences.SequenceConstruct()),
                row("SequenceAt", 11, new Sequences.SequenceAt()),
                row("SequenceInsert", 11, new Sequences.SequenceInsert()),
                row("SequenceErase", 11, new Sequences.SequenceErase()),
                row("SequenceLength", 11, new Sequences.SequenceLength()),
                row(
                                "ConcatFromSequence",
                                11,
                                n -> n.result(
                                        new Sequences.ConcatFromSequence(
                                                (int) n.integer("axis", 0), n.flag("new_axis", false)),
                                        n.all()))
                        .writes(
                                Sequences.ConcatFromSequence.class,
                                (op, n) -> n.integer("axis", op.axis()).flag("new_axis", op.newAxis())),
                row(
                                "SplitToSequence",
                                11,
                                n -> n.result(
                                        new Sequences.SplitToSequence(
                                                (int) n.integer("axis", 0), n.flag("keepdims", true)),
                                        n.all()))
                        .writes(
                                Sequences.SplitToSequence.class,
                                (op, n) -> n.integer("axis", op.axis()).flag("keepdims", op.keepDims())),
                row("SequenceMap", 17, ControlFlowRows::map)
                        .writes(Sequences.SequenceMap.class, (op, n) -> n.body("body", op.body(), List.of())),
                row(
                                "Optional",
                                15,
                                n -> n.result(
                                        new Optionals.OptionalOf(
                                                n.type("type").orElseGet(() -> Type.tensor(DType.F32, Shape.UNRANKED))),
                                        n.all()))
                        .writes(Optionals.OptionalOf.class, (op, n) -> n.type("type", op.element())),
                row("OptionalHasElement", 15, new Optionals.OptionalHasElement()),
                row("OptionalGetElement", 15, new Optionals.OptionalGetElement()));
    }

    private static List<Value> branch(NodeImport n) {
        Body then = n.body("then_branch", List.of());
        Body otherwise = n.body("else_branch", List.of());
        List<Value> in = new ArrayList<>(List.of(n.in(0)));
        in.addAll(then.captured());
        in.addAll(otherwise.captured());
        return n.result(new ControlFlow.If(then.graph(), otherwise.graph()), in);
    }

    private static void branch(ControlFlow.If op, NodeExport n) {
        int ofThen = op.then().inputs().size();
        List<Value> captured = n.from(1);
        n.operands(n.in(0))
                .body("then_branch", op.then(), captured.subList(0, ofThen))
                .body("else_branch", op.otherwise(), captured.subList(ofThen, captured.size()));
    }

    private static void loop(ControlFlow.Loop op, NodeExport n) {
        int first = (op.counted() ? 1 : 0) + (op.conditional() ? 1 : 0);
        List<Optional<Value>> operands = new ArrayList<>();
        operands.add(op.counted() ? Optional.of(n.in(0)) : Optional.empty());
        operands.add(op.conditional() ? Optional.of(n.in(first - 1)) : Optional.empty());
        n.from(first).subList(0, op.carried()).forEach(v -> operands.add(Optional.of(v)));
        n.operands(operands).body("body", op.body(), n.from(first + op.carried()));
    }

    private static void scan(ControlFlow.Scan op, NodeExport n) {
        int scanned = op.axes().size();
        int operands = op.states() + scanned;
        n.operands(n.from(0).subList(0, operands).toArray(Value[]::new))
                .body("body", op.body(), n.from(operands))
                .integer("num_scan_inputs", scanned)
                .integers("scan_input_axes", op.axes())
                .integers("scan_input_directions", op.directions())
                .integers("scan_output_axes", op.outputAxes())
                .integers("scan_output_directions", op.outputDirections());
    }

    private static List<Value> loop(NodeImport n) {
        List<Value> in = new ArrayList<>();
        n.optional(0).ifPresent(in::add);
        n.optional(1).ifPresent(in::add);
        List<Value> carried = n.size() > 2 ? n.from(2) : List.of();
        List<Type> types = new ArrayList<>(List.of(Type.tensor(DType.I64), Type.tensor(DType.BOOL)));
        carried.forEach(v -> types.add(widened(v.type())));
        Body body = n.body("body", types);
        in.addAll(carried);
        in.addAll(body.captured());
        return n.result(new ControlFlow.Loop(body.graph(), n.has(0), n.has(1), carried.size()), in);
    }

    /// A carried value may change its dims from iteration to iteration.
    private static Type widened(Type type) {
        return type instanceof Type.TensorType t ? Type.tensor(t.dtype(), Shape.UNRANKED) : type;
    }

    private static List<Value> scan(NodeImport n) {
        int scanned = (int) n.integer("num_scan_inputs", 0);
        int states = n.size() - scanned;
        if (scanned < 0 || states < 0) {
            throw new UnsupportedNodeException(
                    "num_scan_inputs must be from 0 to " + n.size() + ", the operands, not " + scanned);
        }
        List<Type> types = new ArrayList<>();
        for (int i = 0; i < n.size(); i++) {
            types.add(Type.tensor(n.in(i).dtype(), Shape.UNRANKED));
        }
        Body body = n.body("body", types);
        Graph graph = body.graph();
        int outputs = graph.outputs().size() - states;
        if (outputs < 0) {
            throw new UnsupportedNodeException("the body must give the " + states + " states back, and gives "
                    + graph.outputs().size() + " results");
        }
        List<Value> in = new ArrayList<>(n.all());
        in.addAll(body.captured());
        return n.result(
                new ControlFlow.Scan(
                        graph,
                        states,
                        list(n, "scan_input_axes", scanned),
                        list(n, "scan_input_directions", scanned),
                        list(n, "scan_output_axes", outputs),
                        list(n, "scan_output_directions", outputs)),
                in);
    }

    private static List<Integer> list(NodeImport n, String name, int size) {
        return n.integers(name).map(ShapingRows::ints).orElseGet(() -> Collections.nCopies(size, 0));
    }

    private static List<Value> map(NodeImport n) {
        List<Type> types = new ArrayList<>();
        for (Value v : n.all()) {
            types.add(v.type() instanceof Type.SequenceType(Type element) ? element : v.type());
        }
        Body body = n.body("body", types);
        List<Value> in = new ArrayList<>(n.all());
        in.addAll(body.captured());
        return n.result(new Sequences.SequenceMap(body.graph()), in);
    }
}
