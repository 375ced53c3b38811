package dev.quern.convert;

import dev.quern.session.ModelContents;
import java.util.List;
import java.util.Optional;

/// What a [Conversion] did.
///
/// @param before what the file that was read holds
/// @param after what the file that was written holds
/// @param kept nodes that a change of precision left as they were, with reasons
/// @param accuracy how far the outputs are from those of the original, where they were compared
/// @param remark why they were not compared, or what they were compared on
public record ConversionReport(
        ModelContents before, ModelContents after, List<Kept> kept, Optional<Accuracy> accuracy, String remark) {
    public ConversionReport {
        kept = List.copyOf(kept);
    }

    /// A node that keeps its precision.
    ///
    /// @param node its operator and name
    public record Kept(String node, String reason) {}
}
