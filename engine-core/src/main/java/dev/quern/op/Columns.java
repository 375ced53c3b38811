package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.stream.Stream;

/// The strings of operand 0 at the places along its last axis that operand 1 (i64, any shape) lists; a vector is one
/// row. ONNX-ML ArrayFeatureExtractor, opset 1, for strings; for numbers it is [Indexing.Gather].
public record Columns() implements HostOp {
    @Override
    public String name() {
        return "ArrayFeatureExtractor";
    }

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(2, 2);
        in.require(0, DType.STRING);
        in.require(1, DType.I64);
        Shape x = in.shape(0);
        if (!x.isRanked() || !in.shape(1).isRanked()) {
            return List.of(Type.tensor(in.dtype(0), Shape.UNRANKED));
        }
        if (x.rank() == 0) {
            throw new ShapeException("rows are needed, not the scalar " + in.tensor(0));
        }
        Dim count = in.shape(1).size();
        Shape out = x.rank() == 1 ? Shape.of(Dim.of(1), count) : x.with(-1, count);
        return List.of(Type.tensor(in.dtype(0), out));
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor x = in.get(0).asTensor();
        long[] places = in.get(1).asTensor().toLongs();
        Tensor out = Tensor.zeros(
                x.dtype(), infer(Operands.ofValues(in)).getFirst().asTensor().shape());
        int columns = (int) x.shape().dim(-1).extent();
        for (long p : places) {
            if (p < 0 || p >= columns) {
                throw new ShapeException("index " + p + " is outside rows of " + columns);
            }
        }
        for (int i = 0; i < out.length(); i++) {
            int row = i / places.length;
            out.elements().copy(i, x.elements(), row * columns + (int) places[i % places.length]);
        }
        return List.of(out);
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(new Columns(), Example.operand(DType.STRING, 2, 3), Example.indices(3, 4)),
                Example.of(new Columns(), Example.operand(DType.STRING, 5), Example.indices(5, 1, 2)));
    }
}
