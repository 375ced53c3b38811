package dev.quern.gpu.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.quern.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/// NVIDIA's library of matrix products, `libcublasLt`, by way of java.lang.foreign. Descriptors can be made without a
/// GPU.
public final class CublasLt implements Products {
    /// `cublasLtMatmulAlgo_t`, and where the other members of `cublasLtMatmulHeuristicResult_t` lie behind it.
    private static final int ALGORITHM_BYTES = 64;

    private static final int WORKSPACE_AT = 64;
    private static final int STATE_AT = 72;
    private static final int RESULT_BYTES = 96;
    /// The bias of a product whose addresses are not known yet: the heuristic wants one that is not null.
    private static final long SOME_ADDRESS = 256;

    private final VendorFunctions<LtFunction> functions;
    private final String name;

    /// @param path the library's, for errors
    /// @throws LibraryException where it is not what it should be
    public CublasLt(String path, SymbolLookup symbols) {
        this.functions = new VendorFunctions<>(path, symbols, LtFunction.values(), LtFunction.STATUS_NAME);
        long number = functions.number(LtFunction.VERSION);
        this.name = String.format(Locale.ROOT, "cuBLASLt %d.%d", number / 10000, number % 10000 / 100);
    }

    private void set(LtFunction function, Arena arena, long what, LtCode attribute, int value) {
        MemorySegment at = arena.allocateFrom(JAVA_INT, value);
        functions.call(function, f -> (int) f.invokeExact(what, attribute.code(), at, 4L));
    }

    private void set(LtFunction function, Arena arena, long what, LtCode attribute, long value) {
        MemorySegment at = arena.allocateFrom(JAVA_LONG, value);
        functions.call(function, f -> (int) f.invokeExact(what, attribute.code(), at, 8L));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long open() {
        return functions.made(LtFunction.CREATE);
    }

    @Override
    public void close(long handle) {
        functions.destroy(LtFunction.DESTROY, handle);
    }

    @Override
    public Optional<Algorithm> choose(long handle, MatrixProduct product, long mostWorkspace) {
        try (Arena arena = Arena.ofConfined();
                Descriptors all = describe(product, SOME_ADDRESS)) {
            long preference = functions.made(LtFunction.NEW_PREFERENCE);
            try {
                prefer(arena, preference, product, mostWorkspace);
                MemorySegment result = arena.allocate(RESULT_BYTES, Long.BYTES);
                MemorySegment count = arena.allocate(JAVA_INT);
                int code = functions.status(LtFunction.HEURISTIC, f -> (int)
                        f.invokeExact(handle, all.operation, all.a, all.b, all.c, all.d, preference, 1, result, count));
                if (code != 0 && code != LtCode.CUBLAS_STATUS_NOT_SUPPORTED.code()) {
                    throw functions.failure(LtFunction.HEURISTIC, code);
                }
                return code != 0 || count.get(JAVA_INT, 0) == 0 || result.get(JAVA_INT, STATE_AT) != 0
                        ? Optional.empty()
                        : Optional.of(new Algorithm(
                                HexFormat.of()
                                        .formatHex(result.asSlice(0, ALGORITHM_BYTES)
                                                .toArray(JAVA_BYTE)),
                                result.get(JAVA_LONG, WORKSPACE_AT)));
            } finally {
                functions.destroy(LtFunction.DESTROY_PREFERENCE, preference);
            }
        }
    }

    private void prefer(Arena arena, long preference, MatrixProduct p, long mostWorkspace) {
        LtFunction set = LtFunction.SET_PREFERENCE;
        set(set, arena, preference, LtCode.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, mostWorkspace);
        set(set, arena, preference, LtCode.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, p.a().alignment());
        set(set, arena, preference, LtCode.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, p.b().alignment());
        set(set, arena, preference, LtCode.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, p.c().alignment());
        set(set, arena, preference, LtCode.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, p.d().alignment());
    }

    @Override
    public Ready prepare(long handle, MatrixProduct product, Algorithm algorithm, Addresses addresses) {
        return new Prepared(handle, product, algorithm, addresses);
    }

    /// What describes a product to the library.
    ///
    /// @param bias its address, where the product has one
    Descriptors describe(MatrixProduct product, long bias) {
        Descriptors all = new Descriptors();
        boolean isMade = false;
        try (Arena arena = Arena.ofConfined()) {
            all.operation = functions.made(LtFunction.NEW_OPERATION, (f, out) ->
                    (int) f.invokeExact(out, compute(product), type(product.elements() == DType.F64)));
            LtFunction set = LtFunction.SET_OPERATION;
            if (product.isTransposedA()) {
                set(set, arena, all.operation, LtCode.CUBLASLT_MATMUL_DESC_TRANSA, LtCode.CUBLAS_OP_T.code());
            }
            if (product.isTransposedB()) {
                set(set, arena, all.operation, LtCode.CUBLASLT_MATMUL_DESC_TRANSB, LtCode.CUBLAS_OP_T.code());
            }
            set(set, arena, all.operation, LtCode.CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue(product));
            if (product.hasBias()) {
                set(set, arena, all.operation, LtCode.CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
            }
            all.a = layout(arena, product, product.a(), product.isTransposedA(), product.m(), product.k());
            all.b = layout(arena, product, product.b(), product.isTransposedB(), product.k(), product.n());
            all.c = results(arena, product, product.c());
            all.d = results(arena, product, product.d());
            isMade = true;
            return all;
        } finally {
            if (!isMade) {
                all.close();
            }
        }
    }

    private long layout(
            Arena arena,
            MatrixProduct product,
            MatrixProduct.Matrix matrix,
            boolean isTransposed,
            int rows,
            int columns) {
        return isTransposed
                ? layout(arena, product.elements(), matrix, product.batch(), columns, rows)
                : layout(arena, product.elements(), matrix, product.batch(), rows, columns);
    }

    private long results(Arena arena, MatrixProduct product, MatrixProduct.Matrix matrix) {
        return layout(arena, product.results(), matrix, product.batch(), product.m(), product.n());
    }

    private long layout(Arena arena, DType type, MatrixProduct.Matrix matrix, int batch, long rows, long columns) {
        long leading = matrix.leading();
        long layout = functions.made(
                LtFunction.NEW_LAYOUT, (f, out) -> (int) f.invokeExact(out, type(type), rows, columns, leading));
        if (batch > 1) {
            LtFunction set = LtFunction.SET_LAYOUT;
            set(set, arena, layout, LtCode.CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, batch);
            set(set, arena, layout, LtCode.CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, matrix.stride());
        }
        return layout;
    }

    private static int compute(MatrixProduct product) {
        if (product.elements() == DType.F64) {
            return LtCode.CUBLAS_COMPUTE_64F.code();
        }
        LtCode code = switch (product.precision()) {
            case F32 -> LtCode.CUBLAS_COMPUTE_32F;
            case TF32 -> LtCode.CUBLAS_COMPUTE_32F_FAST_TF32;
            case BF16 -> LtCode.CUBLAS_COMPUTE_32F_FAST_16BF;
            case F16 -> LtCode.CUBLAS_COMPUTE_32F_FAST_16F;
        };
        return code.code();
    }

    private static int epilogue(MatrixProduct product) {
        int activation = switch (product.activation()) {
            case NONE -> 0;
            case RELU -> LtCode.CUBLASLT_EPILOGUE_RELU.code();
            case GELU -> LtCode.CUBLASLT_EPILOGUE_GELU.code();
        };
        int bias = product.hasBias() ? LtCode.CUBLASLT_EPILOGUE_BIAS.code() : 0;
        return activation == 0 && bias == 0 ? LtCode.CUBLASLT_EPILOGUE_DEFAULT.code() : activation | bias;
    }

    private static int type(boolean isDouble) {
        return type(isDouble ? DType.F64 : DType.F32);
    }

    private static int type(DType type) {
        return switch (type) {
            case F32 -> LtCode.CUDA_R_32F.code();
            case F64 -> LtCode.CUDA_R_64F.code();
            case F16 -> LtCode.CUDA_R_16F.code();
            case BF16 -> LtCode.CUDA_R_16BF.code();
            default -> throw new IllegalArgumentException("no product of " + type);
        };
    }

    /// Handles of what describes a product; 0 for what is not made.
    final class Descriptors implements AutoCloseable {
        private long operation;
        private long a;
        private long b;
        private long c;
        private long d;

        @Override
        public void close() {
            functions.destroy(LtFunction.DESTROY_LAYOUT, d);
            functions.destroy(LtFunction.DESTROY_LAYOUT, c);
            functions.destroy(LtFunction.DESTROY_LAYOUT, b);
            functions.destroy(LtFunction.DESTROY_LAYOUT, a);
            functions.destroy(LtFunction.DESTROY_OPERATION, operation);
        }
    }

    private final class Prepared implements Ready {
        private final long handle;
        private final Arena arena = Arena.ofShared();
        private final Descriptors all;
        private final MemorySegment alpha;
        private final MemorySegment beta;
        private final MemorySegment a;
        private final MemorySegment b;
        private final MemorySegment c;
        private final MemorySegment d;
        private final MemorySegment workspace;
        private final MemorySegment algorithm;
        private final long workspaceBytes;

        Prepared(long handle, MatrixProduct product, Algorithm algorithm, Addresses addresses) {
            this.handle = handle;
            this.all = describe(product, addresses.bias());
            boolean isDouble = product.elements() == DType.F64;
            this.alpha = scale(isDouble, product.alpha());
            this.beta = scale(isDouble, product.addsC() ? 1 : 0);
            this.a = MemorySegment.ofAddress(addresses.a());
            this.b = MemorySegment.ofAddress(addresses.b());
            this.c = MemorySegment.ofAddress(addresses.c());
            this.d = MemorySegment.ofAddress(addresses.d());
            this.workspace = MemorySegment.ofAddress(addresses.workspace());
            this.workspaceBytes = algorithm.workspace();
            this.algorithm = arena.allocate(ALGORITHM_BYTES, Long.BYTES);
            this.algorithm.copyFrom(MemorySegment.ofArray(HexFormat.of().parseHex(algorithm.choice())));
        }

        private MemorySegment scale(boolean isDouble, double value) {
            return isDouble ? arena.allocateFrom(JAVA_DOUBLE, value) : arena.allocateFrom(JAVA_FLOAT, (float) value);
        }

        @Override
        public void enqueue(long stream) {
            functions.call(LtFunction.MULTIPLY, f -> (int) f.invokeExact(
                    handle,
                    all.operation,
                    alpha,
                    a,
                    all.a,
                    b,
                    all.b,
                    beta,
                    c,
                    all.c,
                    d,
                    all.d,
                    algorithm,
                    workspace,
                    workspaceBytes,
                    stream));
        }

        @Override
        public void close() {
            all.close();
            arena.close();
        }
    }
}
