package dev.quern.gpu.driver;

import dev.quern.backend.ProductPrecision;
import dev.quern.tensor.DType;

/// `d = activation(alpha · op(a) · op(b) + c + bias)`, as cuBLASLt takes it: all matrices column by column, `op(a)` of
/// m × k, `op(b)` of k × n, `c` and `d` of m × n, the bias one number for each of the m rows. Equal products are done
/// by equal algorithms.
///
/// @param elements the type of `a` and `b`: `f16`, `bf16`, `f32` or `f64`
/// @param results the type of `c`, `d` and the bias: that of the elements, or `f32`
/// @param isTransposedA whether `a` is k × m where it lies
/// @param isTransposedB whether `b` is n × k where it lies
/// @param batch how many products there are
/// @param addsC whether `c` is added; where not, it is `d`
/// @param hasBias whether there is one, the same for all of the batch
/// @param precision how many bits of factors in `f32` are multiplied; of others all are: [ProductPrecision#F32]
public record MatrixProduct(
        DType elements,
        DType results,
        boolean isTransposedA,
        boolean isTransposedB,
        int m,
        int n,
        int k,
        Matrix a,
        Matrix b,
        Matrix c,
        Matrix d,
        int batch,
        double alpha,
        boolean addsC,
        boolean hasBias,
        Activation activation,
        ProductPrecision precision) {

    /// Where a matrix lies.
    ///
    /// @param leading elements from one column to the next
    /// @param stride elements from one matrix of the batch to the next; 0 where they are the same
    /// @param alignment bytes that its address is a multiple of, at most 256
    public record Matrix(long leading, long stride, int alignment) {}

    /// What is done to each result at last.
    public enum Activation {
        NONE,
        /// max(x, 0)
        RELU,
        /// x · Φ(x), by tanh
        GELU
    }

    /// `f32[8,2,3] × f32[8,3,4]`, rows by columns as cuBLASLt sees them.
    @Override
    public String toString() {
        String lead = batch == 1 ? "[" : "[" + batch + ",";
        return elements + lead + m + "," + k + "] × " + elements + lead + k + "," + n + "]";
    }
}
