/// From a graph to programs.
///
/// [Partition][dev.quern.compile.Partition] cuts a graph once into a [Plan][dev.quern.compile.Plan]: regions for
/// backends and host steps between them. For each [Binding][dev.quern.compile.Binding] of a region's extents the
/// [Compiler][dev.quern.compile.Compiler] makes a program: types become concrete, composites are expanded, operators
/// emit kernels, chains of kernels are fused, and temporaries get slots.
@NullMarked
package dev.quern.compile;

import org.jspecify.annotations.NullMarked;
