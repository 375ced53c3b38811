/// Decision trees, claimed whole: a [ForestBuilder][dev.quern.cpu.trees.ForestBuilder] lays decisions out as a flat
/// [Forest][dev.quern.cpu.trees.Forest] of integer comparisons, [RowKeys][dev.quern.cpu.trees.RowKeys] turn the
/// features
/// of a row into integers of the same order, and a [ForestStep][dev.quern.cpu.trees.ForestStep] walks eight rows, or
/// for
/// few rows eight trees, at a time and adds up what the [Leaves][dev.quern.cpu.trees.Leaves] say.
@NullMarked
package dev.quern.cpu.trees;

import org.jspecify.annotations.NullMarked;
