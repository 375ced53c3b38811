package dev.quern.train;

import java.util.Map;

/// What a training tells after each step.
///
/// @param step from 1
/// @param steps how many there will be
/// @param epoch from 1
/// @param epochs how many there will be
/// @param loss of the batch, before the step's update
/// @param learningRate of the step
/// @param gradientNorm length of the gradient of all parameters, before clipping
/// @param metrics of the batch, by name
/// @param seconds since the training began or was resumed
public record Progress(
        long step,
        long steps,
        int epoch,
        int epochs,
        double loss,
        double learningRate,
        double gradientNorm,
        Map<String, Double> metrics,
        double seconds) {}
