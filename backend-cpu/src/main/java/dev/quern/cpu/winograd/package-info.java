/// Convolutions of 3 × 3 with fewer multiplications: Winograd's minimal filtering F(4 × 4, 3 × 3), after Lavin and
/// Gray,
/// *Fast Algorithms for Convolutional Neural Networks* (2016).
///
/// [Winograd][dev.quern.cpu.winograd.Winograd] says where it pays: 36 multiplications do for 16 positions of a channel,
/// instead of 144; with dilation in [phases][dev.quern.cpu.winograd.DilatedPhases] without. A
/// [WinogradStep][dev.quern.cpu.winograd.WinogradStep] turns rows of tiles over by a
/// [Transform][dev.quern.cpu.winograd.Transform], multiplies 36 small matrices and turns the sums back. The choice
/// depends on shapes alone and all tiers round alike, so results have the same bits everywhere; they differ from those
/// of the sum over taps by a few units of the last place of the greatest summand. Where the input has infinite or
/// undefined elements, all positions of their tiles become undefined.
@NullMarked
package dev.quern.cpu.winograd;

import org.jspecify.annotations.NullMarked;
