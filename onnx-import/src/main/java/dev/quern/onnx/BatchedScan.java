package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.onnx.NodeImport.Body;
import dev.quern.op.Arranging;
import dev.quern.op.ControlFlow;
import dev.quern.op.Formula;
import dev.quern.op.Padding;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Scan as opset 8 had it: states and scanned operands have a batch on axis 0 and the sequence on axis 1, and rows may
/// differ in length. It becomes a scan over the batch whose body is a scan over one row's sequence.
///
/// @param states values that go from step to step
/// @param ragged whether operand 0 has the length of each row
record BatchedScan(NodeImport n, Graph body, List<Value> captured, int states, int scanned, boolean ragged) {

    static List<Value> read(NodeImport n) {
        int scanned = (int) n.integer("num_scan_inputs", 0);
        List<Type> types = new ArrayList<>();
        for (int i = 1; i < n.size(); i++) {
            types.add(Type.tensor(n.in(i).dtype(), Shape.UNRANKED));
        }
        Body body = n.body("body", types);
        return new BatchedScan(n, body.graph(), body.captured(), n.size() - 1 - scanned, scanned, n.has(0)).result();
    }

    private List<Value> result() {
        List<Value> in = new ArrayList<>(n.from(1));
        if (ragged) {
            in.addFirst(n.in(0));
        }
        int batched = in.size();
        Graph row = row(in);
        in.addAll(captured);
        int outputs = body.outputs().size();
        return n.result(
                new ControlFlow.Scan(row, 0, zeros(batched), zeros(batched), zeros(outputs), zeros(outputs)), in);
    }

    private static List<Integer> zeros(int count) {
        return Collections.nCopies(count, 0);
    }

    /// The scan of one row of the batch.
    private Graph row(List<Value> batched) {
        GraphBuilder g = new GraphBuilder(body.name());
        Formula f = new Formula(g);
        List<Value> own = new ArrayList<>();
        for (Value v : batched) {
            own.add(g.input(v.name(), unbatched(v)));
        }
        List<Value> outer =
                captured.stream().map(v -> g.input(v.name(), v.type())).toList();
        int first = ragged ? 1 : 0;
        List<Value> in = new ArrayList<>(own.subList(first, first + states));
        List<Value> sequences = own.subList(first + states, own.size());
        sequences.forEach(s -> in.add(ragged ? prefix(g, s, f.reshape(own.getFirst(), 1)) : s));
        in.addAll(outer);
        int stacked = body.outputs().size() - states;
        ControlFlow.Scan scan = new ControlFlow.Scan(
                body,
                states,
                zeros(scanned),
                n.integers("directions").map(ShapingRows::ints).orElseGet(() -> zeros(scanned)),
                zeros(stacked),
                zeros(stacked));
        List<Value> results = g.apply(scan, in);
        for (int i = 0; i < results.size(); i++) {
            boolean isShort = ragged && i >= states;
            Value whole = isShort ? padded(f, results.get(i), f.dim(sequences.getFirst(), 0)) : results.get(i);
            g.output(results.get(i).name(), whole);
        }
        return g.build();
    }

    private static Type unbatched(Value v) {
        if (!v.shape().isRanked()) {
            return v.type();
        }
        List<Dim> dims = v.shape().dims();
        return Type.tensor(v.dtype(), Shape.of(dims.subList(1, dims.size())));
    }

    private static Value prefix(GraphBuilder g, Value sequence, Value length) {
        return g.apply(new Arranging.Slice(), sequence, g.longs(0), length, g.longs(0));
    }

    /// With zeros behind up to `length` steps.
    private static Value padded(Formula f, Value x, Value length) {
        GraphBuilder g = f.g();
        Value missing = f.sub(length, f.dim(x, 0));
        Value pads = f.shape(g.longs(0), missing);
        Value zero = g.constant(Tensor.zeros(x.dtype()));
        return g.apply(new Padding.Pad(Padding.Mode.CONSTANT), x, pads, zero, g.longs(0));
    }
}
