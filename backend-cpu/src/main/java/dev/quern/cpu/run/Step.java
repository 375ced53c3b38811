package dev.quern.cpu.run;

/// One loop of a program, bound to its views: a number of independent units (rows, tiles, blocks of elements) that any
/// thread may run in any grouping, because no unit's result depends on another's.
public interface Step {

    int units();

    /// A guess at the time of one unit, by which units are grouped into chunks.
    long nanosPerUnit();

    /// Runs units `from` to `to` (exclusive).
    ///
    /// @param scratch the calling worker's own arrays
    /// @throws dev.quern.backend.RunException where an element makes the run fail
    void run(Workspace workspace, Scratch scratch, int from, int to);

    /// Says what of a worker's scratch it will use.
    default void plan(ScratchPlan plan) {}
}
