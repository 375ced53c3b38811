/// What a fresh process pays: the time from its start to the first result, and its peak resident memory.
@NullMarked
package dev.quern.bench.start;

import org.jspecify.annotations.NullMarked;
