package dev.quern.gpu;

import dev.quern.backend.ProductPrecision;
import dev.quern.codegen.Task;
import dev.quern.gpu.driver.Libraries;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What NVIDIA's libraries do on a device.
record VendorWork(LibraryProducts products, LibraryConvolutions convolutions) implements AutoCloseable {

    /// By libraries that are looked for when they are needed.
    static VendorWork of(CudaAccelerator device, Libraries libraries) {
        return new VendorWork(
                new LibraryProducts(device, libraries::products),
                new LibraryConvolutions(device, libraries::convolutions));
    }

    /// What does a kernel, or nothing where generated kernels are to.
    Optional<List<Task>> of(Kernel kernel, List<Buffer> buffers, ProductPrecision precision) {
        Optional<Kernel.Contract> product = ProductForm.product(kernel);
        if (product.isPresent()) {
            return products.of(product.get(), buffers, precision);
        }
        return kernel instanceof Kernel.Convolve convolution
                ? convolutions.of(convolution, buffers, precision)
                : Optional.empty();
    }

    /// Which libraries are used, missing, or refused what, a line each.
    List<String> remarks() {
        return Stream.concat(products.access().remarks().stream(), convolutions.access().remarks().stream())
                .toList();
    }

    @Override
    public void close() {
        convolutions.access().close();
        products.access().close();
    }
}
