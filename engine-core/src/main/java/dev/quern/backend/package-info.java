/// What a backend is: a provider that says whether it can work here, and a backend that turns programs into
/// executables.
///
/// A provider is found through `java.util.ServiceLoader` ([Backends][dev.quern.backend.Backends]).
@NullMarked
package dev.quern.backend;

import org.jspecify.annotations.NullMarked;
