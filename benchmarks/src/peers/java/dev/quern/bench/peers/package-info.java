/// Whole models, side by side with other engines in one process.
@NullMarked
package dev.quern.bench.peers;

import org.jspecify.annotations.NullMarked;
