package dev.quern.gpu.driver;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.quern.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Locale;
import java.util.Optional;

/// NVIDIA's library of convolutions, `libcudnn` 8 or 9, by way of java.lang.foreign: of its older interface, which both
/// versions have, convolutions and their gradients. Descriptors can be made without a GPU.
///
/// A handle has one stream at a time; so calls go one after another.
public final class Cudnn implements Convolutions {
    /// `cudnnConvolutionFwdAlgoPerf_t` and those of gradients: where their members lie.
    private static final int ALGORITHM_AT = 0;

    private static final int STATUS_AT = 4;
    private static final int MEMORY_AT = 16;
    private static final int DETERMINISM_AT = 24;
    private static final int MATH_AT = 28;
    private static final int RESULT_BYTES = 48;

    private static final int FIRST_WITH_LONG_VERSION = 90000;

    private final VendorFunctions<DnnFunction> functions;
    private final String name;
    private final Object turn = new Object();

    /// @param path the library's, for errors
    /// @throws LibraryException where it is not what it should be
    public Cudnn(String path, SymbolLookup symbols) {
        this.functions = new VendorFunctions<>(path, symbols, DnnFunction.values(), DnnFunction.STATUS_NAME);
        long number = functions.number(DnnFunction.VERSION);
        long major = number / (number < FIRST_WITH_LONG_VERSION ? 1000 : 10000);
        long minor = number % (number < FIRST_WITH_LONG_VERSION ? 1000 : 10000) / 100;
        this.name = String.format(Locale.ROOT, "cuDNN %d.%d", major, minor);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long open() {
        return functions.made(DnnFunction.CREATE);
    }

    @Override
    public void close(long handle) {
        synchronized (turn) {
            functions.destroy(DnnFunction.DESTROY, handle);
        }
    }

    /// An algorithm and the units that it multiplies by.
    private record Way(int algorithm, int math) {
        static Way of(String choice) {
            int comma = choice.indexOf(',');
            return new Way(
                    Integer.parseInt(choice, 0, comma, 10), Integer.parseInt(choice, comma + 1, choice.length(), 10));
        }

        String choice() {
            return algorithm + "," + math;
        }
    }

    /// The first of those that the library names in its order, the fastest first, that takes no more workspace than
    /// granted, rounds no more than allowed, gives the same bits each time, and goes by no Fourier transform, whose
    /// errors are those of the largest element around.
    @Override
    public Optional<Algorithm> choose(long handle, TensorConvolution work, long mostWorkspace) {
        try (Arena arena = Arena.ofConfined();
                ConvolutionDescriptors all = describe(work, mostMath(work).code())) {
            DnnDirection direction = DnnDirection.of(work.result());
            int most = direction.algorithms;
            MemorySegment results = arena.allocate((long) most * RESULT_BYTES, Long.BYTES);
            MemorySegment count = arena.allocate(JAVA_INT);
            synchronized (turn) {
                functions.call(direction.heuristic, f -> (int) f.invokeExact(
                        handle, all.first(), all.second(), all.convolution(), all.result(), most, count, results));
                for (int i = 0; i < Math.min(most, count.get(JAVA_INT, 0)); i++) {
                    MemorySegment result = results.asSlice((long) i * RESULT_BYTES, RESULT_BYTES);
                    Way way = new Way(result.get(JAVA_INT, ALGORITHM_AT), result.get(JAVA_INT, MATH_AT));
                    boolean isPossible = result.get(JAVA_INT, STATUS_AT) == 0
                            && result.get(JAVA_LONG, MEMORY_AT) <= mostWorkspace
                            && result.get(JAVA_INT, DETERMINISM_AT) == DnnCode.CUDNN_DETERMINISTIC.code()
                            && isAllowed(work, way);
                    if (isPossible) {
                        long workspace = workspace(arena, handle, work, way);
                        if (workspace >= 0 && workspace <= mostWorkspace) {
                            return Optional.of(new Algorithm(way.choice(), workspace));
                        }
                    }
                }
            }
            return Optional.empty();
        }
    }

    /// Bytes that a way needs; less than 0 where the library does not go it after all.
    private long workspace(Arena arena, long handle, TensorConvolution work, Way way) {
        try (ConvolutionDescriptors all = describe(work, math(work, way))) {
            MemorySegment bytes = arena.allocate(JAVA_LONG);
            int code = functions.status(DnnDirection.of(work.result()).workspace, f -> (int) f.invokeExact(
                    handle, all.first(), all.second(), all.convolution(), all.result(), way.algorithm, bytes));
            return code == 0 ? bytes.get(JAVA_LONG, 0) : -1;
        }
    }

    private static boolean isAllowed(TensorConvolution work, Way way) {
        boolean isFourier = DnnDirection.of(work.result()).isFourier(way.algorithm);
        // without Relu the library finishes by no other algorithm
        boolean isFinished = !work.hasBias()
                || work.isRelu()
                || way.algorithm == DnnCode.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM.code();
        boolean isExact = way.math == DnnCode.CUDNN_FMA_MATH.code() || way.math == DnnCode.CUDNN_DEFAULT_MATH.code();
        boolean mayRound = way.math == DnnCode.CUDNN_TENSOR_OP_MATH.code()
                || way.math == mostMath(work).code();
        return !isFourier && isFinished && (isExact || (!hasToBeExact(work) && mayRound));
    }

    private static boolean hasToBeExact(TensorConvolution work) {
        return mostMath(work) == DnnCode.CUDNN_FMA_MATH;
    }

    /// The units that may multiply. Those that take no `f32` get it rounded to TF32, or to `f16` where that is
    /// allowed; products of 16 bits are exact by all.
    private static DnnCode mostMath(TensorConvolution work) {
        if (work.elements() != DType.F32) {
            return DnnCode.CUDNN_TENSOR_OP_MATH;
        }
        return switch (work.precision()) {
            case F32 -> DnnCode.CUDNN_FMA_MATH;
            case TF32, BF16 -> DnnCode.CUDNN_TENSOR_OP_MATH;
            case F16 -> DnnCode.CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION;
        };
    }

    /// The default would be free to round.
    private static int math(TensorConvolution work, Way way) {
        return hasToBeExact(work) ? DnnCode.CUDNN_FMA_MATH.code() : way.math;
    }

    @Override
    public Ready prepare(long handle, TensorConvolution work, Algorithm algorithm, Addresses addresses) {
        return new Prepared(handle, work, algorithm, addresses);
    }

    /// What describes a convolution to the library.
    ConvolutionDescriptors describe(TensorConvolution work, int math) {
        return new ConvolutionDescriptors(functions, work, math);
    }

    private final class Prepared implements Ready {
        private final long handle;
        private final DnnDirection direction;
        private final boolean hasBias;
        private final int algorithm;
        private final long workspaceBytes;
        private final Arena arena = Arena.ofShared();
        private final ConvolutionDescriptors all;
        private final MemorySegment alpha;
        private final MemorySegment beta;
        private final MemorySegment first;
        private final MemorySegment second;
        private final MemorySegment result;
        private final MemorySegment z;
        private final MemorySegment bias;
        private final MemorySegment workspace;

        Prepared(long handle, TensorConvolution work, Algorithm algorithm, Addresses addresses) {
            Way way = Way.of(algorithm.choice());
            this.handle = handle;
            this.direction = DnnDirection.of(work.result());
            this.hasBias = work.hasBias();
            this.algorithm = way.algorithm;
            this.workspaceBytes = algorithm.workspace();
            this.all = describe(work, math(work, way));
            this.alpha = arena.allocateFrom(JAVA_FLOAT, (float) work.alpha());
            this.beta = arena.allocateFrom(JAVA_FLOAT, work.addsZ() ? 1 : 0);
            this.first = MemorySegment.ofAddress(direction.first(addresses.x(), addresses.w()));
            this.second = MemorySegment.ofAddress(direction.second(addresses.w(), addresses.y()));
            this.result = MemorySegment.ofAddress(direction.result(addresses.x(), addresses.w(), addresses.y()));
            // without z the library wants an address all the same
            this.z = MemorySegment.ofAddress(work.addsZ() ? addresses.z() : addresses.y());
            this.bias = MemorySegment.ofAddress(addresses.bias());
            this.workspace = MemorySegment.ofAddress(addresses.workspace());
        }

        @Override
        public void enqueue(long stream) {
            synchronized (turn) {
                functions.call(DnnFunction.SET_STREAM, f -> (int) f.invokeExact(handle, stream));
                if (hasBias) {
                    runAndFinish();
                } else {
                    run();
                }
            }
        }

        private void run() {
            functions.call(direction.run, f -> (int) f.invokeExact(
                    handle,
                    alpha,
                    all.first(),
                    first,
                    all.second(),
                    second,
                    all.convolution(),
                    algorithm,
                    workspace,
                    workspaceBytes,
                    beta,
                    all.result(),
                    result));
        }

        private void runAndFinish() {
            functions.call(DnnFunction.FORWARD_AND_FINISH, f -> (int) f.invokeExact(
                    handle,
                    alpha,
                    all.first(),
                    first,
                    all.second(),
                    second,
                    all.convolution(),
                    algorithm,
                    workspace,
                    workspaceBytes,
                    beta,
                    all.result(),
                    z,
                    all.bias(),
                    bias,
                    all.activation(),
                    all.result(),
                    result));
        }

        @Override
        public void close() {
            all.close();
            arena.close();
        }
    }
}
