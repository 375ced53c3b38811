package dev.quern.codegen;

import java.util.List;

/// One thing that a device is asked to do in a step of a program: to run a generated function, or one of the libraries
/// of its vendor.
public sealed interface Task permits Launch, VendorCall {

    /// The arrays that it reads and writes, as the device is given them.
    List<Launch.Array> arrays();

    /// How many items there are; a range of them may be done at a time.
    int items();

    /// Items that are done together.
    int group();

    /// Elementary operations in all, roughly: how long it may take.
    long work();

    /// Whether elements can make it leave a failure.
    boolean canFail();
}
