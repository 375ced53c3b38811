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

/// Branches, loops, sequences, optionals.
final class ControlFlowRows {
    private ControlFlowRows() {}

    static List<Row> rows() {
        return List.of(
                row("If", 1, ControlFlowRows::branch),
                row("Loop", 1, ControlFlowRows::loop),
                row("Scan", 9, ControlFlowRows::scan),
                row(
                        "SequenceEmpty",
                        11,
                        n -> n.result(
                                new Sequences.SequenceEmpty(n.dtype("dtype").orElse(DType.F32)))),
                row("SequenceConstruct", 11, new Sequences.SequenceConstruct()),
                row("SequenceAt", 11, new Sequences.SequenceAt()),
                row("SequenceInsert", 11, new Sequences.SequenceInsert()),
                row("SequenceErase", 11, new Sequences.SequenceErase()),
                row("SequenceLength", 11, new Sequences.SequenceLength()),
                row(
                        "ConcatFromSequence",
                        11,
                        n -> n.result(
                                new Sequences.ConcatFromSequence((int) n.integer("axis", 0), n.flag("new_axis", false)),
                                n.all())),
                row(
                        "SplitToSequence",
                        11,
                        n -> n.result(
                                new Sequences.SplitToSequence((int) n.integer("axis", 0), n.flag("keepdims", true)),
                                n.all())),
                row("SequenceMap", 17, ControlFlowRows::map),
                row(
                        "Optional",
                        15,
                        n -> n.result(
                                new Optionals.OptionalOf(
                                        n.type("type").orElseGet(() -> Type.tensor(DType.F32, Shape.UNRANKED))),
                                n.all())),
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
        List<Type> types = new ArrayList<>();
        for (int i = 0; i < n.size(); i++) {
            types.add(Type.tensor(n.in(i).dtype(), Shape.UNRANKED));
        }
        Body body = n.body("body", types);
        Graph graph = body.graph();
        int outputs = graph.outputs().size() - states;
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
