package dev.quern.train;

/// The learning rate over a course of training.
@FunctionalInterface
public interface Schedule {

    /// What the optimizer's learning rate is multiplied with.
    ///
    /// @param step from 1
    /// @param steps how many there will be in all
    double at(long step, long steps);
}
