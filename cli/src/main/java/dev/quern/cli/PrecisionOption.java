package dev.quern.cli;

import dev.quern.backend.ProductPrecision;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import picocli.CommandLine.Option;

/// How exactly products are computed, for commands that score.
final class PrecisionOption {
    @Option(
            names = "--precision",
            paramLabel = "P",
            description =
                    "of products in f32: f32, or tf32, bf16, f16 on a backend that has units for it (cuda); default"
                            + " ${DEFAULT-VALUE}")
    String precision = "f32";

    ModelOptions appliedTo(ModelOptions options) {
        return options.precision(
                switch (precision) {
                    case "f32" -> ProductPrecision.F32;
                    case "tf32" -> ProductPrecision.TF32;
                    case "bf16" -> ProductPrecision.BF16;
                    case "f16" -> ProductPrecision.F16;
                    default -> throw new ModelException("--precision must be f32, tf32, bf16 or f16, not " + precision);
                });
    }
}
