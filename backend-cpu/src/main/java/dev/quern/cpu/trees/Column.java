package dev.quern.cpu.trees;

/// One column of keys: a feature, and on which side of every cut its NaN lies.
///
/// @param missingLow whether NaN comes before all numbers, not after them
record Column(int feature, boolean missingLow) {}
