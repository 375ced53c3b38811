package dev.quern.tensor;

import java.util.function.Supplier;

/// An array of floats that lies somewhere, in a file say: [#get] makes it anew, and [#copyTo] puts its elements where
/// there is memory already.
public interface StoredArray extends Supplier<Object> {

    /// Copies all elements to the beginning of `target`.
    void copyTo(float[] target);
}
