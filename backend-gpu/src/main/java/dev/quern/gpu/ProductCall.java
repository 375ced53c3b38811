package dev.quern.gpu;

import dev.quern.codegen.Launch;
import dev.quern.gpu.driver.MatrixProduct;
import dev.quern.gpu.driver.Products;
import dev.quern.gpu.driver.VendorLibrary;
import java.util.ArrayList;
import java.util.List;

/// A product by cuBLASLt.
///
/// @param offsets bytes from the beginning of each array, `a` and `b` as cuBLASLt has them
/// @param biasOffset those of the bias
/// @param arrays a, b, c, d, then the bias and a workspace where there are
record ProductCall(
        MatrixProduct product,
        VendorLibrary.Algorithm algorithm,
        ProductForm.Offsets offsets,
        long biasOffset,
        List<Launch.Array> arrays)
        implements LibraryCall {
    private static final int FIXED = 4;

    ProductCall {
        arrays = List.copyOf(arrays);
    }

    static ProductCall of(ProductForm form, ProductForm.Offsets offsets, VendorLibrary.Algorithm algorithm) {
        List<Launch.Array> arrays = new ArrayList<>();
        // the output is computed transposed, so that the factors change places
        arrays.add(new Launch.OfBuffer(form.b().buffer()));
        arrays.add(new Launch.OfBuffer(form.a().buffer()));
        arrays.add(new Launch.OfBuffer(form.c().buffer()));
        arrays.add(new Launch.OfBuffer(form.d().buffer()));
        long biasOffset = 0;
        if (form.bias() != null) {
            arrays.add(new Launch.OfBuffer(form.bias().buffer()));
            biasOffset = (long) form.bias().offset() * form.bias().dtype().bytes();
        }
        if (algorithm.workspace() > 0) {
            arrays.add(new Launch.Workspace(algorithm.workspace()));
        }
        return new ProductCall(
                form.product(),
                algorithm,
                new ProductForm.Offsets(offsets.b(), offsets.a(), offsets.c(), offsets.d()),
                biasOffset,
                arrays);
    }

    private Products.Addresses addresses(List<Long> at) {
        boolean hasWorkspace = algorithm.workspace() > 0;
        return new Products.Addresses(
                at.getFirst() + offsets.a(),
                at.get(1) + offsets.b(),
                at.get(2) + offsets.c(),
                at.get(FIXED - 1) + offsets.d(),
                product.hasBias() ? at.get(FIXED) + biasOffset : 0,
                hasWorkspace ? at.getLast() : 0);
    }

    @Override
    public ReadyCall prepare(VendorWork libraries, List<Long> at) {
        return libraries.products().access().prepare(product, algorithm, addresses(at));
    }

    @Override
    public long work() {
        return (long) product.m() * product.n() * product.batch() * product.k() / FASTER;
    }
}
