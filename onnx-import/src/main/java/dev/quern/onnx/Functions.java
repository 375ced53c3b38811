package dev.quern.onnx;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.onnx.proto.FunctionProto;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.session.ModelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The functions that a model file brings along. A node that calls one becomes the nodes of its body: what the
/// file says goes before what this library knows under that name.
final class Functions {
    /// Nodes that calls may become: functions that call functions can grow without bound out of a small file.
    private static final int MOST_NODES = 1_000_000;

    private record Key(String domain, String name, String overload) {
        Key {
            domain = OperatorTable.canonical(domain);
        }
    }

    private final Map<Key, FunctionProto> functions = new HashMap<>();
    private int nodes;

    Functions(List<FunctionProto> functions) {
        for (FunctionProto f : functions) {
            this.functions.put(new Key(f.domain(), f.name(), f.overload()), f);
        }
    }

    /// The function that `node` calls; nothing where it is an operator.
    Optional<FunctionProto> find(NodeProto node) {
        return Optional.ofNullable(functions.get(new Key(node.domain(), node.opType(), node.overload())));
    }

    /// The nodes of `function` with the attributes that `call` gives, or their defaults. An attribute that refers to
    /// one that the call leaves out is left out too.
    ///
    /// @throws ModelException where the calls of a model become too many nodes
    List<NodeProto> body(FunctionProto function, NodeProto call) {
        nodes += function.nodes().size();
        if (nodes > MOST_NODES) {
            throw new ModelException("calls of functions become more than " + MOST_NODES + " nodes");
        }
        Map<String, AttributeValue> given = new HashMap<>();
        function.attributeProtos().forEach(a -> given.put(a.name(), a.value()));
        call.attributes().forEach(a -> given.put(a.name(), a.value()));
        return bound(function.nodes(), given);
    }

    private static List<NodeProto> bound(List<NodeProto> nodes, Map<String, AttributeValue> given) {
        return nodes.stream().map(n -> bound(n, given)).toList();
    }

    private static NodeProto bound(NodeProto node, Map<String, AttributeValue> given) {
        List<AttributeProto> attributes = new ArrayList<>();
        for (AttributeProto a : node.attributes()) {
            switch (a.value()) {
                case AttributeValue.Reference(String name, int ignored) -> {
                    if (given.containsKey(name)) {
                        attributes.add(a.withValue(given.get(name)));
                    }
                }
                case AttributeValue.OfGraph(GraphProto body) ->
                    attributes.add(a.withValue(new AttributeValue.OfGraph(body.withNodes(bound(body.nodes(), given)))));
                default -> attributes.add(a);
            }
        }
        return node.withAttributes(attributes);
    }
}
