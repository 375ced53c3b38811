package dev.quern.gpu.driver;

/// A library of convolutions.
public interface Convolutions extends VendorLibrary<TensorConvolution, Convolutions.Addresses> {

    /// Where the operands of a convolution lie on the device; 0 for what it does not have.
    record Addresses(long x, long w, long y, long z, long bias, long workspace) {}
}
