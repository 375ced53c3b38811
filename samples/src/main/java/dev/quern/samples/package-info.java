/// Programs to read from top to bottom, each of which does one thing that users want.
package dev.quern.samples;
