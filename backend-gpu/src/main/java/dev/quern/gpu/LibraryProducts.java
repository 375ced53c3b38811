package dev.quern.gpu;

import dev.quern.backend.ProductPrecision;
import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Target;
import dev.quern.codegen.Task;
import dev.quern.gpu.driver.MatrixProduct;
import dev.quern.gpu.driver.Products;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Large products by cuBLASLt: which ones. `-Dquern.cuda.products=own` leaves all to generated kernels.
final class LibraryProducts {
    private static final VendorAccess.Words WORDS = new VendorAccess.Words("products", "cuBLASLt", "nvidia-cublas");

    private final VendorAccess<MatrixProduct, Products.Addresses> access;

    /// @param source finds the library
    /// @param least multiplications from which on it is asked
    LibraryProducts(CudaAccelerator device, Supplier<? extends Products> source, long least) {
        this.access = new VendorAccess<>(device, WORDS, source, least);
    }

    LibraryProducts(CudaAccelerator device, Supplier<? extends Products> source) {
        this(device, source, WORDS.least());
    }

    VendorAccess<MatrixProduct, Products.Addresses> access() {
        return access;
    }

    /// What does the product, or nothing where generated kernels are to.
    Optional<List<Task>> of(Kernel.Contract kernel, List<Buffer> buffers, ProductPrecision precision) {
        View out = kernel.output();
        if (!access.isLarge((long) out.length() * kernel.a().dim(kernel.a().rank() - 1))) {
            return Optional.empty();
        }
        List<ProductForm> forms = ProductForm.of(kernel, precision).stream().toList();
        return access.choose(forms, ProductForm::product).map(choice -> tasks(choice, buffers));
    }

    private static List<Task> tasks(VendorAccess.Choice<ProductForm> choice, List<Buffer> buffers) {
        ProductForm form = choice.form();
        List<Task> tasks = new ArrayList<>();
        form.calls().forEach(offsets -> tasks.add(ProductCall.of(form, offsets, choice.algorithm())));
        form.rest().ifPresent(map -> tasks.addAll(KernelCode.of(map, buffers, Target.GPU)));
        return tasks;
    }
}
