/// The `quern` command: one class for each subcommand.
///
/// [Main][dev.quern.cli.Main] lists them. Exit status is 0 where all is well, 1 where a check failed, 2 for wrong usage
/// or unreadable input, with one line on stderr. With `--json`, stdout holds one JSON object and nothing else; progress
/// and logs go to stderr.
@NullMarked
package dev.quern.cli;

import org.jspecify.annotations.NullMarked;
