package dev.quern.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;

/// Standard error without the JVM's own warning.
///
/// A JVM that uses the Vector API says so on standard error before `main` starts, at each command, and no flag stops
/// it. So `./quern` starts it with that descriptor turned away, keeps the real one as another descriptor, and gives its
/// number in the property `quern.stderr` (with `--add-opens`, since Java has no public way to name a descriptor).
final class Stderr {
    private Stderr() {}

    /// Lets `System.err` write to the real standard error again.
    static void restore() {
        Integer real = Integer.getInteger("quern.stderr");
        if (real == null) {
            return;
        }
        try {
            Constructor<FileDescriptor> descriptor = FileDescriptor.class.getDeclaredConstructor(int.class);
            descriptor.setAccessible(true);
            FileOutputStream out = new FileOutputStream(descriptor.newInstance(real));
            System.setErr(new PrintStream(out, true, System.err.charset()));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
