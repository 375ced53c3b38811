/// Programs to read from top to bottom, each of which does one thing that users want.
@NullMarked
package dev.quern.samples;

import org.jspecify.annotations.NullMarked;
