/// Loops written with the Vector API. Every class here needs `jdk.incubator.vector`, so nothing outside may touch one
/// before [Tier][dev.quern.cpu.Tier] has said that it is there.
///
/// All of it is lane by lane: fused multiply-adds, additions, bit operations and selects, never `reduceLanes` or a
/// transcendental `lanewise`, whose rounding depends on the compiler. So the bits are those of the plain twins.
@NullMarked
package dev.quern.cpu.simd;

import org.jspecify.annotations.NullMarked;
