package dev.quern.codegen;

/// A call of a library of the device's vendor, which does all of its work at once. What it is only the device knows
/// that offered it.
public non-sealed interface VendorCall extends Task {

    @Override
    default int items() {
        return 1;
    }

    @Override
    default int group() {
        return 1;
    }

    @Override
    default boolean canFail() {
        return false;
    }
}
