package dev.quern.gpu.driver;

import dev.quern.gpu.driver.TensorConvolution.Result;

/// The functions of cuDNN that compute one of x, w and y from the other two. All three kinds take the operands, the
/// convolution, then the result.
enum DnnDirection {
    OUTPUT(
            DnnFunction.FORWARD_HEURISTIC,
            DnnFunction.FORWARD_WORKSPACE,
            DnnFunction.FORWARD,
            DnnCode.CUDNN_CONVOLUTION_FWD_ALGO_COUNT,
            DnnCode.CUDNN_CONVOLUTION_FWD_ALGO_FFT,
            DnnCode.CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING),
    INPUT(
            DnnFunction.BACKWARD_DATA_HEURISTIC,
            DnnFunction.BACKWARD_DATA_WORKSPACE,
            DnnFunction.BACKWARD_DATA,
            DnnCode.CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT,
            DnnCode.CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT,
            DnnCode.CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING),
    WEIGHTS(
            DnnFunction.BACKWARD_FILTER_HEURISTIC,
            DnnFunction.BACKWARD_FILTER_WORKSPACE,
            DnnFunction.BACKWARD_FILTER,
            DnnCode.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT,
            DnnCode.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT,
            DnnCode.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT_TILING);

    /// Names algorithms.
    final DnnFunction heuristic;
    /// Says how many bytes an algorithm needs.
    final DnnFunction workspace;
    /// Computes.
    final DnnFunction run;
    /// How many algorithms there are.
    final int algorithms;

    private final int fourier;
    private final int fourierInTiles;

    DnnDirection(
            DnnFunction heuristic,
            DnnFunction workspace,
            DnnFunction run,
            DnnCode algorithms,
            DnnCode fourier,
            DnnCode fourierInTiles) {
        this.heuristic = heuristic;
        this.workspace = workspace;
        this.run = run;
        this.algorithms = algorithms.code();
        this.fourier = fourier.code();
        this.fourierInTiles = fourierInTiles.code();
    }

    static DnnDirection of(Result result) {
        return switch (result) {
            case OUTPUT -> OUTPUT;
            case INPUT -> INPUT;
            case WEIGHTS -> WEIGHTS;
        };
    }

    /// Whether an algorithm goes by a Fourier transform.
    boolean isFourier(int algorithm) {
        return algorithm == fourier || algorithm == fourierInTiles;
    }

    /// The first operand, of x, w and y.
    long first(long x, long w) {
        return this == INPUT ? w : x;
    }

    /// The second one.
    long second(long w, long y) {
        return this == OUTPUT ? w : y;
    }

    /// What is computed.
    long result(long x, long w, long y) {
        return switch (this) {
            case OUTPUT -> y;
            case INPUT -> x;
            case WEIGHTS -> w;
        };
    }
}
