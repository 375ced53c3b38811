package dev.quern.gpu.driver;

/// Numbers of cuDNN's enums that are the same in versions 8 and 9, by their names in its headers.
public enum DnnCode {
    CUDNN_DATA_FLOAT(0),
    CUDNN_DATA_HALF(2),
    CUDNN_DATA_BFLOAT16(9),
    CUDNN_TENSOR_NCHW(0),
    CUDNN_TENSOR_NHWC(1),
    CUDNN_CROSS_CORRELATION(1),
    CUDNN_DEFAULT_MATH(0),
    CUDNN_TENSOR_OP_MATH(1),
    CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION(2),
    CUDNN_FMA_MATH(3),
    CUDNN_DETERMINISTIC(1),
    CUDNN_NOT_PROPAGATE_NAN(0),
    CUDNN_ACTIVATION_RELU(1),
    CUDNN_ACTIVATION_IDENTITY(5),
    CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM(1),
    CUDNN_CONVOLUTION_FWD_ALGO_FFT(4),
    CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING(5),
    CUDNN_CONVOLUTION_FWD_ALGO_COUNT(8);

    private final int code;

    DnnCode(int code) {
        this.code = code;
    }

    /// The number.
    public int code() {
        return code;
    }
}
