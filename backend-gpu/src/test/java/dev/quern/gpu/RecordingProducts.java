package dev.quern.gpu;

import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.MatrixProduct;
import dev.quern.gpu.driver.Products;
import java.util.List;

/// A library of products that multiplies nothing.
final class RecordingProducts extends RecordingLibrary<MatrixProduct, Products.Addresses> implements Products {
    RecordingProducts() {
        super("cuBLASLt 0.0", "CUBLAS_STATUS_INTERNAL_ERROR");
    }

    static Products missing() {
        return Libraries.in(List.of()).products();
    }

    /// This one, for products of any size.
    LibraryProducts forAll(CudaAccelerator device) {
        return new LibraryProducts(device, () -> this, 1);
    }
}
