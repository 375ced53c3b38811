package dev.quern.gpu;

import dev.quern.backend.ProductPrecision;
import dev.quern.gpu.driver.MatrixProduct;
import dev.quern.gpu.driver.MatrixProduct.Matrix;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A [Kernel.Contract] as products that cuBLASLt takes. That reads matrices column by column, and ours lie row by row,
/// so the output is computed transposed, `outᵀ = bᵀ · aᵀ`; then its bias runs along the rows as cuBLASLt wants it.
///
/// @param product the same for all calls
/// @param calls where the matrices lie for each
/// @param c the view that is added, or the output
/// @param rest what generated code does to the output afterwards
record ProductForm(
        MatrixProduct product,
        List<Offsets> calls,
        View a,
        View b,
        View c,
        View d,
        @Nullable View bias,
        Optional<Kernel.Map> rest) {
    /// Calls for batches whose axes cannot be counted as one.
    private static final int MOST_CALLS = 64;

    private static final int MOST_ALIGNMENT = 256;
    private static final int BIAS_ALIGNMENT = 16;

    /// Bytes from the beginning of each array.
    record Offsets(long a, long b, long c, long d) {}

    /// A view [batch…, rows, columns] as extents and strides that can be changed.
    private static final class Side {
        private final View view;
        private final List<Integer> strides = new ArrayList<>();
        private int row;
        private int column;

        Side(View view) {
            this.view = view;
            int axes = view.rank() - 2;
            for (int i = 0; i < axes; i++) {
                strides.add(view.stride(i));
            }
            row = view.stride(axes);
            column = view.stride(axes + 1);
        }

        long bytes(long elements) {
            return elements * view.dtype().bytes();
        }
    }

    /// The product that a kernel is, or nothing where it is none.
    static Optional<Kernel.Contract> product(Kernel kernel) {
        if (kernel instanceof Kernel.Convolve convolution) {
            return PointwiseConvolution.of(convolution);
        }
        return kernel instanceof Kernel.Contract product ? Optional.of(product) : Optional.empty();
    }

    /// The form of a product, or nothing where cuBLASLt has none.
    ///
    /// @param precision how many bits of factors in `f32` are multiplied
    static Optional<ProductForm> of(Kernel.Contract kernel, ProductPrecision precision) {
        if (!hasTypes(kernel)) {
            return Optional.empty();
        }
        int axes = kernel.output().rank() - 2;
        View out = kernel.output();
        Kernel.Contract turned =
                out.stride(axes + 1) == 1 || out.dim(axes + 1) == 1 ? kernel : transposed(kernel, axes);
        ProductEnding ending = ProductEnding.of(kernel.epilogue()).orElse(ProductEnding.NONE);
        boolean isEnding = ProductEnding.of(kernel.epilogue()).isPresent()
                // what doubles have is the plain product
                && (kernel.accumulate() == DType.F32 || ending.equals(ProductEnding.NONE));
        if (isEnding) {
            Optional<ProductForm> whole = new Builder(turned, precision).build(ending, Optional.empty());
            if (whole.isPresent()) {
                return whole;
            }
        }
        if (out.dtype() != kernel.accumulate()) {
            return Optional.empty();
        }
        List<View> read = new ArrayList<>(List.of(out));
        read.addAll(kernel.epilogueOperands());
        Kernel.Map rest = new Kernel.Map(read, List.of(kernel.epilogue()), List.of(out));
        return new Builder(turned, precision).build(ProductEnding.NONE, Optional.of(rest));
    }

    private static boolean hasTypes(Kernel.Contract k) {
        DType in = k.a().dtype();
        DType out = k.output().dtype();
        boolean isKnown = k.b().dtype() == in && k.aZero() == null && k.bZero() == null;
        return isKnown
                && switch (in) {
                    case F32 -> k.accumulate() == DType.F32 && out == DType.F32;
                    case F64 -> k.accumulate() == DType.F64 && out == DType.F64;
                    case F16, BF16 -> k.accumulate() == DType.F32 && (out == in || out == DType.F32);
                    default -> false;
                };
    }

    /// `outᵀ = bᵀ · aᵀ`.
    private static Kernel.Contract transposed(Kernel.Contract k, int axes) {
        int[] order = new int[axes + 2];
        for (int i = 0; i < axes; i++) {
            order[i] = i;
        }
        order[axes] = axes + 1;
        order[axes + 1] = axes;
        return new Kernel.Contract(
                k.b().permute(order),
                k.a().permute(order),
                null,
                null,
                k.accumulate(),
                k.epilogueOperands().stream().map(v -> v.permute(order)).toList(),
                k.epilogue(),
                k.output().permute(order));
    }

    /// Works on rows of `a` and of the output, and columns of `b` and of the output, that lie side by side.
    private static final class Builder {
        private final Kernel.Contract kernel;
        private final ProductPrecision precision;
        private final List<Integer> extents = new ArrayList<>();
        private final Side a;
        private final Side b;
        private final Side d;
        private Side c;
        private int rows;
        private final int columns;
        private final int depth;

        Builder(Kernel.Contract kernel, ProductPrecision precision) {
            this.kernel = kernel;
            this.precision = kernel.a().dtype() == DType.F32 ? precision : ProductPrecision.F32;
            View out = kernel.output();
            int axes = out.rank() - 2;
            for (int i = 0; i < axes; i++) {
                extents.add(out.dim(i));
            }
            this.a = new Side(kernel.a());
            this.b = new Side(kernel.b());
            this.d = new Side(out);
            this.c = d;
            this.rows = out.dim(axes);
            this.columns = out.dim(axes + 1);
            this.depth = kernel.a().dim(axes + 1);
        }

        Optional<ProductForm> build(ProductEnding ending, Optional<Kernel.Map> rest) {
            View bias = null;
            for (int operand : ending.added()) {
                View view = kernel.epilogueOperands().get(operand);
                if (view.dtype() != kernel.output().dtype()) {
                    return Optional.empty();
                }
                if (bias == null && isBias(view)) {
                    bias = view;
                } else if (c == d) {
                    c = new Side(view);
                } else {
                    return Optional.empty();
                }
            }
            mergeBatches();
            int calls = extents.stream().limit(Math.max(0, extents.size() - 1)).reduce(1, (x, y) -> x * y);
            long leadingA = leading(a.row, a.column, rows, depth);
            long leadingB = leading(b.row, b.column, depth, columns);
            long leadingC = leading(c.row, c.column, rows, columns);
            long leadingD = leading(d.row, d.column, rows, columns);
            if (calls > MOST_CALLS
                    || Stream.of(leadingA, leadingB, leadingC, leadingD).anyMatch(l -> l == 0)
                    || leadingC < 0
                    || leadingD < 0) {
                return Optional.empty();
            }
            List<Offsets> offsets = offsets(calls);
            MatrixProduct product = new MatrixProduct(
                    kernel.a().dtype(),
                    kernel.output().dtype(),
                    leadingB < 0,
                    leadingA < 0,
                    columns,
                    rows,
                    depth,
                    matrix(b, leadingB, offsets.stream().map(Offsets::b)),
                    matrix(a, leadingA, offsets.stream().map(Offsets::a)),
                    matrix(c, leadingC, offsets.stream().map(Offsets::c)),
                    matrix(d, leadingD, offsets.stream().map(Offsets::d)),
                    extents.isEmpty() ? 1 : extents.getLast(),
                    ending.alpha(),
                    c != d,
                    bias != null,
                    ending.activation(),
                    precision);
            return Optional.of(new ProductForm(product, offsets, a.view, b.view, c.view, d.view, bias, rest));
        }

        /// Whether every row of the output gets the same numbers, which lie side by side.
        private boolean isBias(View view) {
            int last = view.rank() - 1;
            for (int i = 0; i < last; i++) {
                if (view.dim(i) > 1 && view.stride(i) != 0) {
                    return false;
                }
            }
            return (view.stride(last) == 1 || view.dim(last) == 1)
                    && (long) view.offset() * view.dtype().bytes() % BIAS_ALIGNMENT == 0;
        }

        private List<Side> sides() {
            return c == d ? List.of(a, b, d) : List.of(a, b, c, d);
        }

        /// Makes as few axes of the batch as there can be: those for which `b` is the same become rows of `a`.
        private void mergeBatches() {
            for (int i = extents.size() - 1; i >= 0; i--) {
                if (extents.get(i) == 1) {
                    remove(i);
                }
            }
            while (!extents.isEmpty() && becomesRows()) {
                int last = extents.size() - 1;
                if (rows == 1) {
                    sides().stream().filter(s -> s != b).forEach(s -> s.row = s.strides.get(last));
                }
                rows *= extents.get(last);
                remove(last);
            }
            for (int i = extents.size() - 2; i >= 0; i--) {
                int inner = i + 1;
                int at = i;
                int extent = extents.get(inner);
                if (sides().stream().allMatch(s -> s.strides.get(at) == extent * s.strides.get(inner))) {
                    extents.set(inner, extent * extents.get(at));
                    remove(at);
                }
            }
        }

        private boolean becomesRows() {
            int last = extents.size() - 1;
            return b.strides.get(last) == 0
                    && sides().stream()
                            .filter(s -> s != b)
                            .allMatch(s -> rows == 1 ? s.strides.get(last) > 0 : s.strides.get(last) == rows * s.row);
        }

        private void remove(int axis) {
            extents.remove(/* index */ axis);
            sides().forEach(s -> s.strides.remove(/* index */ axis));
        }

        /// Elements from one line to the next: of rows that lie side by side positive, of columns negative; 0
        /// where neither do.
        private static long leading(int row, int column, int rows, int columns) {
            if (column == 1 || columns == 1) {
                long leading = rows == 1 ? columns : row;
                if (leading >= columns) {
                    return leading;
                }
            }
            if (row == 1 || rows == 1) {
                long leading = columns == 1 ? rows : column;
                if (leading >= rows) {
                    return -leading;
                }
            }
            return 0;
        }

        private List<Offsets> offsets(int calls) {
            List<Offsets> all = new ArrayList<>();
            for (int call = 0; call < calls; call++) {
                all.add(new Offsets(offset(a, call), offset(b, call), offset(c, call), offset(d, call)));
            }
            return all;
        }

        private long offset(Side side, int call) {
            long at = side.view.offset();
            int rest = call;
            for (int axis = extents.size() - 2; axis >= 0; axis--) {
                at += (long) rest % extents.get(axis) * side.strides.get(axis);
                rest /= extents.get(axis);
            }
            return side.bytes(at);
        }

        private Matrix matrix(Side side, long leading, Stream<Long> offsets) {
            long all = offsets.reduce((long) MOST_ALIGNMENT, (x, y) -> x | y);
            long stride = extents.isEmpty() ? 0 : side.strides.getLast();
            return new Matrix(Math.abs(leading), stride, (int) Long.lowestOneBit(all));
        }
    }
}
