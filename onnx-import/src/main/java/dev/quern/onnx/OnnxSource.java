package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.session.ModelFormat;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.List;

/// The messages that a model was read from, and the graph that they became.
record OnnxSource(ModelProto model, Graph graph, ExternalData external) implements ModelFormat.Source {

    /// Whether the operator has a form on these very types. What has none is said by other operators, each in its
    /// turn.
    @Override
    public boolean takes(Op op, List<Type> operands, SaveOptions options) {
        Release release =
                options.opset().isPresent() ? Release.of(options.opset().getAsInt()) : Release.BASE;
        GraphBuilder g = new GraphBuilder(op.name());
        List<Value> in = operands.stream().map(t -> g.input("x", t)).toList();
        try {
            Forms.Answer answer = new Forms(release).of(Uses.alone(op, in), NodeExport.Bodies.UNSAID, v -> true);
            return !(answer instanceof Forms.Widens);
        } catch (ShapeException e) {
            return true;
        }
    }
}
