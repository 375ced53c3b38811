/// Windows that slide over each channel alone, pools and depth-wise convolutions, where the channels of a position are
/// neighbours: a [SlidingStep][dev.quern.cpu.window.SlidingStep] hands blocks of output positions to a
/// [WindowKernel][dev.quern.cpu.window.WindowKernel], which takes many channels at once.
@NullMarked
package dev.quern.cpu.window;

import org.jspecify.annotations.NullMarked;
