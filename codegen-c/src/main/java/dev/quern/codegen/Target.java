package dev.quern.codegen;

/// What a kernel is written for.
public enum Target {
    /// Few fast cores with vector units and caches: an item is a stretch of a row or a tile, a group one item.
    CPU,
    /// Thousands of threads: an item is an element, neighbours read neighbours.
    GPU,
    /// A pipeline made for one kernel: one work item goes through all elements, every extent stands in the text.
    FPGA
}
