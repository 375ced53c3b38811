package dev.quern.train;

import java.util.Map;

/// What a training tells after each epoch that it validates.
///
/// @param epoch from 1
/// @param loss the mean over the validation data
/// @param metrics the means over the validation data, by name
/// @param isBest whether no epoch before had a loss as low
public record EpochEnd(int epoch, double loss, Map<String, Double> metrics, boolean isBest) {
    public EpochEnd {
        metrics = Map.copyOf(metrics);
    }
}
