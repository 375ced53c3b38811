package dev.quern.cpu.machine;

import org.jspecify.annotations.Nullable;

/// A place in memory: `base + index · scale + offset`.
///
/// @param scale 1, 2, 4 or 8
record Address(Register base, @Nullable Register index, int scale, int offset) {

    static Address of(Register base, int offset) {
        return new Address(base, null, 1, offset);
    }

    /// @throws IllegalArgumentException where the index is the stack pointer or the scale is none
    Address {
        if (index == Register.RSP || scale > 8 || Integer.bitCount(scale) != 1) {
            throw new IllegalArgumentException("no such address: " + index + " · " + scale);
        }
    }
}
