/// Models at work: loading, binding, running, saving.
///
/// A [Model][dev.quern.session.Model] is loaded once and run from any number of threads. Its plan is made at load; a
/// program is made the first time a binding of its dims is seen and kept in a bounded cache; a frame holds the memory
/// of one run and is reused. While the first model of a process is read, a tiny one goes all that way
/// ([Rehearsal][dev.quern.session.Rehearsal]). A [BoundRun][dev.quern.session.BoundRun] fixes inputs and outputs for
/// hot loops. File
/// formats plug in as [ModelFormat][dev.quern.session.ModelFormat]s.
@NullMarked
package dev.quern.session;

import org.jspecify.annotations.NullMarked;
