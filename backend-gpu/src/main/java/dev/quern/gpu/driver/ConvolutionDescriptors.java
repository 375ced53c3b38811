package dev.quern.gpu.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.quern.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// What describes a convolution to cuDNN, by handles; 0 for what it does not have.
final class ConvolutionDescriptors implements AutoCloseable {
    private final VendorFunctions<DnnFunction> functions;
    private final DnnDirection direction;
    private long x;
    private long w;
    private long y;
    private long convolution;
    private long bias;
    private long activation;

    /// @param math the units that may multiply, one of cuDNN's numbers
    ConvolutionDescriptors(VendorFunctions<DnnFunction> functions, TensorConvolution work, int math) {
        this.functions = functions;
        this.direction = DnnDirection.of(work.result());
        boolean isMade = false;
        try (Arena arena = Arena.ofConfined()) {
            x = tensor(arena, work.elements(), work.x());
            w = filter(arena, work);
            y = tensor(arena, work.elements(), work.y());
            convolution = convolution(arena, work, math);
            if (work.hasBias()) {
                bias = tensor(arena, work.elements(), perChannel(work.y()));
                activation = activation(work.isRelu());
            }
            isMade = true;
        } finally {
            if (!isMade) {
                close();
            }
        }
    }

    /// [1, c, 1…]
    private static TensorConvolution.Layout perChannel(TensorConvolution.Layout y) {
        int channels = y.dims().get(1);
        List<Integer> dims = new ArrayList<>(List.of(1, channels));
        List<Integer> strides = new ArrayList<>(List.of(channels, 1));
        for (int axis = 2; axis < y.dims().size(); axis++) {
            dims.add(1);
            strides.add(1);
        }
        return new TensorConvolution.Layout(dims, strides);
    }

    private long tensor(Arena arena, DType type, TensorConvolution.Layout layout) {
        long tensor = functions.made(DnnFunction.NEW_TENSOR);
        MemorySegment dims = ints(arena, layout.dims());
        MemorySegment strides = ints(arena, layout.strides());
        int rank = layout.dims().size();
        return set(
                tensor,
                DnnFunction.DESTROY_TENSOR,
                () -> functions.call(
                        DnnFunction.SET_TENSOR, f -> (int) f.invokeExact(tensor, type(type), rank, dims, strides)));
    }

    private long filter(Arena arena, TensorConvolution work) {
        long filter = functions.made(DnnFunction.NEW_FILTER);
        MemorySegment dims = ints(arena, work.weights());
        int rank = work.weights().size();
        DnnCode format = work.hasChannelsLast() ? DnnCode.CUDNN_TENSOR_NHWC : DnnCode.CUDNN_TENSOR_NCHW;
        return set(
                filter,
                DnnFunction.DESTROY_FILTER,
                () -> functions.call(DnnFunction.SET_FILTER, f ->
                        (int) f.invokeExact(filter, type(work.elements()), format.code(), rank, dims)));
    }

    private long convolution(Arena arena, TensorConvolution work, int math) {
        long made = functions.made(DnnFunction.NEW_CONVOLUTION);
        MemorySegment pads = ints(arena, work.pads());
        MemorySegment strides = ints(arena, work.strides());
        MemorySegment dilations = ints(arena, work.dilations());
        int axes = work.pads().size();
        return set(made, DnnFunction.DESTROY_CONVOLUTION, () -> {
            functions.call(DnnFunction.SET_CONVOLUTION, f -> (int) f.invokeExact(
                    made,
                    axes,
                    pads,
                    strides,
                    dilations,
                    DnnCode.CUDNN_CROSS_CORRELATION.code(),
                    DnnCode.CUDNN_DATA_FLOAT.code()));
            functions.call(DnnFunction.SET_GROUPS, f -> (int) f.invokeExact(made, work.groups()));
            functions.call(DnnFunction.SET_MATH, f -> (int) f.invokeExact(made, math));
        });
    }

    private long activation(boolean isRelu) {
        long made = functions.made(DnnFunction.NEW_ACTIVATION);
        DnnCode mode = isRelu ? DnnCode.CUDNN_ACTIVATION_RELU : DnnCode.CUDNN_ACTIVATION_IDENTITY;
        // NaN is handed on by none that the library fuses
        return set(
                made,
                DnnFunction.DESTROY_ACTIVATION,
                () -> functions.call(DnnFunction.SET_ACTIVATION, f ->
                        (int) f.invokeExact(made, mode.code(), DnnCode.CUDNN_NOT_PROPAGATE_NAN.code(), 0.0)));
    }

    /// A descriptor that has been set; one that cannot be is given back.
    private long set(long descriptor, DnnFunction destroy, Runnable setting) {
        boolean isSet = false;
        try {
            setting.run();
            isSet = true;
            return descriptor;
        } finally {
            if (!isSet) {
                functions.destroy(destroy, descriptor);
            }
        }
    }

    private static MemorySegment ints(Arena arena, List<Integer> values) {
        return arena.allocateFrom(
                JAVA_INT, values.stream().mapToInt(Integer::intValue).toArray());
    }

    private static int type(DType type) {
        return switch (type) {
            case F32 -> DnnCode.CUDNN_DATA_FLOAT.code();
            case F16 -> DnnCode.CUDNN_DATA_HALF.code();
            case BF16 -> DnnCode.CUDNN_DATA_BFLOAT16.code();
            default -> throw new IllegalArgumentException("no convolution of " + type);
        };
    }

    long first() {
        return direction.first(x, w);
    }

    long second() {
        return direction.second(w, y);
    }

    long result() {
        return direction.result(x, w, y);
    }

    long convolution() {
        return convolution;
    }

    long bias() {
        return bias;
    }

    long activation() {
        return activation;
    }

    @Override
    public void close() {
        functions.destroy(DnnFunction.DESTROY_ACTIVATION, activation);
        functions.destroy(DnnFunction.DESTROY_TENSOR, bias);
        functions.destroy(DnnFunction.DESTROY_CONVOLUTION, convolution);
        functions.destroy(DnnFunction.DESTROY_TENSOR, y);
        functions.destroy(DnnFunction.DESTROY_FILTER, w);
        functions.destroy(DnnFunction.DESTROY_TENSOR, x);
    }
}
