package dev.quern.onnx.proto;

import java.io.Serial;

/// The bytes are not a well-formed ONNX message, or they say something impossible (a tensor whose dims and data
/// disagree, external data outside the model's folder). The message is one line and names the file, the place and the
/// two facts that clash, for example
/// `model.onnx: truncated at byte 1234 in graph.initializer[3].raw_data: 4096 bytes announced, 17 left`.
public final class MalformedProtoException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final int LONGEST = 600;

    /// @param message the line to show: origin, place, what was expected and what came
    public MalformedProtoException(String message) {
        super(oneLine(message));
    }

    /// @param message the line to show: origin, place, what was expected and what came
    /// @param cause what the platform reported
    public MalformedProtoException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    /// Names come from the file too: without control characters, and not without end.
    private static String oneLine(String message) {
        StringBuilder line = new StringBuilder();
        message.codePoints().limit(LONGEST).forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return message.length() > LONGEST ? line.append(" …").toString() : line.toString();
    }
}
