package dev.quern.gpu.driver;

/// A library of matrix products.
public interface Products extends VendorLibrary<MatrixProduct, Products.Addresses> {

    /// Where the operands of a product lie on the device; 0 for what it does not have.
    record Addresses(long a, long b, long c, long d, long bias, long workspace) {}
}
