package dev.quern.gpu;

import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.Products;

/// A product of the library with its operands set.
record ReadyProduct(Products.Ready ready) implements StreamCall {

    @Override
    public void enqueue(CudaDriver driver, int from, int count, long stream) {
        ready.enqueue(stream);
    }

    @Override
    public void close() {
        ready.close();
    }
}
