package dev.quern.session;

import java.util.Optional;

/// How a model is written.
///
/// @param form whether the file that was read is patched or written anew
/// @param weightsFile the name of a file beside the model that takes its larger tensors; where it is absent
/// they stand
///     in the model itself, unless it would pass the 2 GB that a model file may have
public record SaveOptions(Form form, Optional<String> weightsFile) {

    /// Whether the file that was read is patched or written anew.
    public enum Form {
        /// Patched where the nodes are still those that were read, else rewritten.
        PATCH_OR_REWRITE,
        /// What was read, with other parameters: names, opset, metadata and unknown parts survive. Fails
        /// where nodes changed.
        PATCH,
        /// The graph as it is now, at a current opset, operators that the format lacks said by others.
        REWRITE
    }

    /// Patched where possible, in one file where possible.
    public static SaveOptions defaults() {
        return new SaveOptions(Form.PATCH_OR_REWRITE, Optional.empty());
    }

    public SaveOptions with(Form form) {
        return new SaveOptions(form, weightsFile);
    }

    /// With the larger tensors in a file of this name, beside the model.
    public SaveOptions withWeightsFile(String name) {
        return new SaveOptions(form, Optional.of(name));
    }
}
