package dev.quern.session;

import java.util.Optional;
import java.util.OptionalInt;

/// How a model is written.
///
/// @param form whether the file that was read is patched or written anew
/// @param weightsFile the name of a file beside the model that takes its larger tensors; where it is absent
/// they stand in the model itself, unless it would pass the 2 GB that a model file may have
/// @param opset the version of the format's own operator set that a graph written anew keeps to; where it is
/// absent, a version that runtimes of the last years read, or the newest that one of its operators needs
/// @param bare whether a graph written anew says neither who wrote it nor what its nodes were called
public record SaveOptions(Form form, Optional<String> weightsFile, OptionalInt opset, boolean bare) {

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
        return new SaveOptions(Form.PATCH_OR_REWRITE, Optional.empty(), OptionalInt.empty(), false);
    }

    public SaveOptions with(Form form) {
        return new SaveOptions(form, weightsFile, opset, bare);
    }

    /// With the larger tensors in a file of this name, beside the model.
    public SaveOptions withWeightsFile(String name) {
        return new SaveOptions(form, Optional.of(name), opset, bare);
    }

    /// Written anew with operators of this version of the format's operator set, whether it is older or newer
    /// than what was read.
    public SaveOptions withOpset(int version) {
        return new SaveOptions(Form.REWRITE, weightsFile, OptionalInt.of(version), bare);
    }

    /// Written anew without the name of the program that writes and without names of nodes.
    public SaveOptions withoutNames() {
        return new SaveOptions(Form.REWRITE, weightsFile, opset, true);
    }
}
