/// Damaged model files: loaded and run with small budgets, refused with errors of ours.
@NullMarked
package dev.quern.mutants;

import org.jspecify.annotations.NullMarked;
