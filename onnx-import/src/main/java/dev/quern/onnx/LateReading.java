package dev.quern.onnx;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.tensor.ShapeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// A node that can be read only when the ranks of its operands are known, and what is needed to read it then.
///
/// @param asRead the node as the file has it
/// @param reader reads into a builder what stands in the graph of the node
/// @param places where present operands stand among those of the node, some of which may be absent
/// @param captured names of the outer values that bodies of the node use: operands behind the others
record LateReading(
        Row row,
        NodeProto proto,
        OpaqueOp asRead,
        Function<GraphBuilder, GraphImport> reader,
        List<Integer> places,
        List<String> captured) {
    LateReading {
        places = List.copyOf(places);
        captured = List.copyOf(captured);
    }

    /// The results, read into `g`.
    ///
    /// @throws ShapeException where the node does not take such operands
    List<Value> read(GraphBuilder g, List<Value> in) {
        List<Optional<Value>> operands = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            while (operands.size() < places.get(i)) {
                operands.add(Optional.empty());
            }
            operands.add(Optional.of(in.get(i)));
        }
        if (g.origins().isEmpty()) {
            g.at(GraphImport.title(proto));
        }
        GraphImport here = reader.apply(g);
        for (int i = 0; i < captured.size(); i++) {
            here.define(captured.get(i), in.get(places.size() + i));
        }
        try {
            return row.form().apply(new NodeImport(here, proto, operands, (int) asRead.version()));
        } catch (UnsupportedNodeException e) {
            throw new ShapeException(row.name() + ": " + e.getMessage());
        }
    }

    /// Those of `operands` that the node of the file names.
    List<Value> named(List<Value> operands) {
        return operands.subList(0, places.size());
    }
}
