package dev.quern.onnx;

import java.util.OptionalInt;

/// A node that the operator sets asked for cannot say.
///
/// @param node how the node is called in its file; empty where it has no name
/// @param operator the operator's name
/// @param domain the operator's domain
/// @param reason what the operator sets lack
/// @param lowest the lowest newer opset of ai.onnx that can say the node, if one can
public record Obstacle(String node, String operator, String domain, String reason, OptionalInt lowest) {

    /// `node Where "mask" (ai.onnx): ONNX 8 has no such operator; opset 9 can say it`.
    @Override
    public String toString() {
        String name = node.isEmpty() ? "" : " \"" + node + "\"";
        String hope = lowest.isPresent() ? "; opset " + lowest.getAsInt() + " can say it" : "";
        return "node " + operator + name + " (" + domain + "): " + reason + hope;
    }
}
