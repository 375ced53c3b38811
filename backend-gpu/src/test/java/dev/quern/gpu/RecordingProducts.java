package dev.quern.gpu;

import dev.quern.gpu.driver.MatrixProduct;
import dev.quern.gpu.driver.Products;

/// A library of products that multiplies nothing.
final class RecordingProducts extends RecordingLibrary<MatrixProduct, Products.Addresses> implements Products {
    RecordingProducts() {
        super("cuBLASLt 0.0", "CUBLAS_STATUS_INTERNAL_ERROR");
    }

    @Override
    VendorWork work(CudaAccelerator device, long least) {
        return new VendorWork(
                new LibraryProducts(device, () -> this, least),
                new LibraryConvolutions(device, NO_LIBRARIES::convolutions, Long.MAX_VALUE));
    }
}
