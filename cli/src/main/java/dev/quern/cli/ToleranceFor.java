package dev.quern.cli;

import dev.quern.session.Model;
import java.util.Set;

/// Chooses a tolerance for a model: models with quantised operators move by a step of their scale between engines.
final class ToleranceFor {
    private static final Set<String> QUANTISED = Set.of(
            "QuantizeLinear",
            "DynamicQuantizeLinear",
            "QLinearConv",
            "QLinearMatMul",
            "ConvInteger",
            "MatMulInteger",
            "QGemm",
            "DynamicQuantizeLSTM",
            "DynamicQuantizeMatMul");
    private static final double OF_QUANTISED_SCALE = 2e-2;

    private ToleranceFor() {}

    static Tolerance model(Model model, double relative, double absolute) {
        boolean quantised = model.graph().nodes().stream().anyMatch(n -> QUANTISED.contains(n.op().name()));
        return new Tolerance(relative, absolute, quantised ? OF_QUANTISED_SCALE : Tolerance.VERIFY.ofLargest());
    }
}
