package dev.quern.train;

import java.util.Optional;

/// How gradients become new parameters.
///
/// @param groups which optimizer moves which parameter
/// @param clip the greatest length of the gradient of all parameters
/// @param average the decay of moving averages of the parameters, where they are kept
record UpdateRule(ParameterGroups groups, Optional<Double> clip, Optional<Double> average) {

    boolean clips() {
        return clip.isPresent();
    }

    /// What gradients are multiplied with.
    ///
    /// @param batches whose sum they are
    /// @param length of that sum
    double scale(int batches, double length) {
        double mean = 1.0 / batches;
        // as PyTorch's clip_grad_norm_
        return clip.map(limit -> mean * Math.min(1, limit / (length * mean + 1e-6)))
                .orElse(mean);
    }

    /// The share of the way to the parameter that its average goes after a step: all of it after the first.
    double averaging(long step) {
        return step == 1 ? 1 : 1 - average.orElse(0.0);
    }
}
