package dev.quern.session;

import java.util.Map;

/// What a model file says about itself.
///
/// @param producer the program that wrote it, with version where known
/// @param opsets opset version by domain; `ai.onnx` is the default domain
/// @param metadata free-form properties
public record ModelInfo(String producer, Map<String, Long> opsets, Map<String, String> metadata) {
    public ModelInfo {
        opsets = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(opsets));
        metadata = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(metadata));
    }

    /// A model that was made here, not read from a file.
    public static ModelInfo none() {
        return new ModelInfo("", Map.of(), Map.of());
    }
}
