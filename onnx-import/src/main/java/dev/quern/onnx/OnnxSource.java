package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.Op;
import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.session.ModelFormat;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Optional;

/// The messages that a model was read from, and the graph that they became.
record OnnxSource(ModelProto model, Graph graph, ExternalData external) implements ModelFormat.Source {

    /// By the first operand, whose type variable is that of the result nearly everywhere. What has no row of its
    /// own is said by other operators, each in its turn.
    @Override
    public boolean takes(Op op, List<Type> operands, SaveOptions options) {
        Optional<Row> row = OperatorTable.writer(op).map(OperatorTable.Writer::row);
        if (row.isEmpty() || operands.isEmpty()) {
            return true;
        }
        long version = row.get().domain().isEmpty()
                ? Math.max(options.opset().orElse(OpsetUse.BASE), row.get().since())
                : row.get().since();
        return Schemas.at(row.get().domain(), row.get().name(), version)
                .flatMap(s -> s.operand(0).map(formal -> s.allows(formal, operands.getFirst())))
                .orElse(true);
    }
}
