package dev.quern.session;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// What a model file holds, as it stands there.
///
/// @param operators how many nodes the main graph has, by operator
/// @param functionCalls how many of these call functions that the file brings along
/// @param bytes the size of the file and of the files with its weights
/// @param opsets opset version by domain; `ai.onnx` is the default domain
public record ModelContents(Map<String, Integer> operators, int functionCalls, long bytes, Map<String, Long> opsets) {
    public ModelContents {
        operators = Collections.unmodifiableMap(new TreeMap<>(operators));
        opsets = Collections.unmodifiableMap(new TreeMap<>(opsets));
    }

    /// How many nodes the main graph has.
    public int nodes() {
        return operators.values().stream().mapToInt(n -> n).sum();
    }
}
