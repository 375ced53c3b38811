package dev.quern.cpu.trees;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Trees with constant leaves, laid out to be run: shared by all programs of a model.
///
/// @param masks each tree as masks; nothing for those that are too large
public record ForestLayout(Forest forest, RowKeys keys, Leaves leaves, List<Optional<LeafMasks>> masks) {

    /// @param floats whether features are `f32`; else they are taken as doubles
    public static ForestLayout of(ForestBuilder.Trees trees, Leaves leaves, boolean floats) {
        ForestBuilder.Laid laid = ForestBuilder.build(trees, floats);
        Forest forest = laid.forest();
        return new ForestLayout(
                forest,
                laid.keys(),
                leaves,
                IntStream.range(0, forest.trees())
                        .mapToObj(t -> LeafMasks.of(forest, forest.roots()[t]))
                        .toList());
    }
}
