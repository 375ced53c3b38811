// A stand-in for libcudnn.so.9: convolutions and their gradients by plain loops, each sum in the order of our kernels. It
// refuses what the real library refuses: descriptors that it did not give or that do not fit, a workspace that is too
// small, an ending that is not to be had, and what lies outside of allocations.

#include "convolve.hpp"

namespace {

constexpr int OK = 0, NOT_INITIALIZED = 1001, BAD = 2000, NOT_SUPPORTED = 3000, EXECUTION_FAILED = 5000;
constexpr int MOST_AXES = 5;
constexpr int GEMM = 0, PRECOMP_GEMM = 1, FFT = 4;
constexpr int ATOMIC_GRADIENT = 0, GRADIENT = 1, FFT_GRADIENT = 2; // of inputs and of weights alike
constexpr int RELU = 1, IDENTITY = 5;

struct Tensor { int type = -1, rank = 0, dims[MOST_AXES], strides[MOST_AXES]; };
struct Filter { int type = -1, format = 0, rank = 0, dims[MOST_AXES]; };
struct Convolution { int axes = 0, pads[3], strides[3], dilations[3], groups = 1, math = 0; };
struct Activation { int mode = -1; };
struct Found { int algorithm, status; float time; size_t memory; int determinism, math, reserved[3]; };

struct Handle { uint64_t stream = 0; };
std::set<Handle*> handles;
std::set<Tensor*> tensors;
std::set<Filter*> filters;
std::set<Convolution*> convolutions;
std::set<Activation*> activations;

int64_t product(const int* from, const int* to) {
    int64_t all = 1;
    for (; from < to; from++) {
        all *= *from;
    }
    return all;
}

// The type as the shared functions have it.
int typeOf(int type) { return type == 9 ? BF16 : type; }

bool isHeld(const Tensor* t, uint64_t address) {
    int64_t last = 1;
    for (int a = 0; a < t->rank; a++) {
        last += (int64_t) (t->dims[a] - 1) * t->strides[a];
    }
    return address % 16 == 0 && holds(address, last * width(typeOf(t->type)));
}

int check(const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y) {
    CHECK(tensors.count((Tensor*) x) && filters.count((Filter*) w) && convolutions.count((Convolution*) c)
        && tensors.count((Tensor*) y), BAD);
    CHECK(x->rank == c->axes + 2 && w->rank == x->rank && y->rank == x->rank && x->type == w->type && x->type == y->type, BAD);
    CHECK(x->dims[0] == y->dims[0] && w->dims[0] == y->dims[1] && w->dims[1] * c->groups == x->dims[1]
        && w->dims[0] % c->groups == 0, BAD);
    for (int a = 0; a < c->axes; a++) {
        int room = x->dims[a + 2] + 2 * c->pads[a] - (w->dims[a + 2] - 1) * c->dilations[a] - 1;
        CHECK(room >= 0 && room / c->strides[a] + 1 == y->dims[a + 2], BAD);
    }
    return OK;
}

size_t workspaceOf(const Tensor* y) { return y->dims[1] % 2 ? 0 : 1024 * (size_t) y->dims[1]; }

int run(Kernel kernel, Handle* handle, float alpha, Tensor* x, uint64_t atX, Filter* w, uint64_t atW, Convolution* c,
        int algorithm, uint64_t workspace, size_t bytes, float beta, uint64_t z, uint64_t bias, int mode, Tensor* y,
        uint64_t atY) {
    CHECK(handles.count(handle) && handle->stream, NOT_INITIALIZED);
    int code = check(x, w, c, y);
    CHECK(code == OK, code);
    int type = typeOf(x->type);
    CHECK(kernel == convolve ? algorithm == GEMM || algorithm == PRECOMP_GEMM : algorithm == GRADIENT, NOT_SUPPORTED);
    CHECK(isHeld(x, atX) && isHeld(y, atY) && atW % 16 == 0, BAD);
    CHECK(holds(atW, product(w->dims, w->dims + w->rank) * width(type)), BAD);
    CHECK(bytes >= workspaceOf(y) && (bytes == 0 || holds(workspace, bytes)), BAD);
    Work p{atX, atW, atY, z, bias, type, y->dims[0], y->dims[1], x->dims[1], w->dims[1], w->dims[0] / c->groups,
        mode == RELU, beta != 0, c->math, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}, {1, 1, 1}, {}, {}, {}, alpha, beta};
    int64_t wanted[5], step = w->format == 1 ? w->dims[1] : 1;
    wanted[1] = 1;
    for (int a = w->rank - 1; a >= 0; a--) {
        if (a != 1 || w->format == 0) {
            wanted[a] = step;
            step *= w->dims[a];
        }
    }
    for (int a = 0; a < 2; a++) {
        p.stepX[a] = x->strides[a];
        p.stepW[a] = wanted[a];
        p.stepY[a] = y->strides[a];
    }
    for (int a = 0, to = 3 - c->axes; a < c->axes; a++, to++) {
        p.in[to] = x->dims[a + 2];
        p.out[to] = y->dims[a + 2];
        p.taps[to] = w->dims[a + 2];
        p.pads[to] = c->pads[a];
        p.strides[to] = c->strides[a];
        p.dilations[to] = c->dilations[a];
        p.stepX[to + 2] = x->strides[a + 2];
        p.stepW[to + 2] = wanted[a + 2];
        p.stepY[to + 2] = y->strides[a + 2];
    }
    return enqueue(kernel, p, handle->stream) ? OK : EXECUTION_FAILED;
}

}

extern "C" {

size_t cudnnGetVersion() { return 90000; }

const char* cudnnGetErrorString(int status) {
    return status == BAD ? "CUDNN_STATUS_BAD_PARAM" : "CUDNN_STATUS_OF_THE_STAND_IN";
}

int cudnnCreate(Handle** handle) {
    CHECK(driver("cuLaunchKernel"), NOT_INITIALIZED);
    return made(handle, handles);
}

int cudnnDestroy(Handle* handle) { return destroyed(handle, handles, BAD); }

int cudnnSetStream(Handle* handle, uint64_t stream) {
    LOCKED;
    CHECK(handles.count(handle), BAD);
    handle->stream = stream;
    return OK;
}

int cudnnCreateTensorDescriptor(Tensor** tensor) { return made(tensor, tensors); }

int cudnnDestroyTensorDescriptor(Tensor* tensor) { return destroyed(tensor, tensors, BAD); }

int cudnnSetTensorNdDescriptor(Tensor* tensor, int type, int rank, const int* dims, const int* strides) {
    LOCKED;
    CHECK(tensors.count(tensor), BAD);
    CHECK(rank >= 4 && rank <= MOST_AXES && (type == F32 || type == F16 || type == 9), NOT_SUPPORTED);
    tensor->type = type;
    tensor->rank = rank;
    for (int a = 0; a < rank; a++) {
        CHECK(dims[a] > 0 && strides[a] > 0, BAD);
        tensor->dims[a] = dims[a];
        tensor->strides[a] = strides[a];
    }
    return OK;
}

int cudnnCreateFilterDescriptor(Filter** filter) { return made(filter, filters); }

int cudnnDestroyFilterDescriptor(Filter* filter) { return destroyed(filter, filters, BAD); }

int cudnnSetFilterNdDescriptor(Filter* filter, int type, int format, int rank, const int* dims) {
    LOCKED;
    CHECK(filters.count(filter) && (format == 0 || format == 1), BAD);
    CHECK(rank >= 4 && rank <= MOST_AXES, NOT_SUPPORTED);
    filter->type = type;
    filter->format = format;
    filter->rank = rank;
    memcpy(filter->dims, dims, rank * sizeof(int));
    return OK;
}

int cudnnCreateConvolutionDescriptor(Convolution** convolution) { return made(convolution, convolutions); }

int cudnnDestroyConvolutionDescriptor(Convolution* convolution) { return destroyed(convolution, convolutions, BAD); }

int cudnnSetConvolutionNdDescriptor(Convolution* convolution, int axes, const int* pads, const int* strides,
        const int* dilations, int mode, int compute) {
    LOCKED;
    CHECK(convolutions.count(convolution) && mode == 1 && compute == F32, BAD);
    CHECK(axes == 2 || axes == 3, NOT_SUPPORTED);
    convolution->axes = axes;
    for (int a = 0; a < axes; a++) {
        CHECK(pads[a] >= 0 && strides[a] > 0 && dilations[a] > 0, BAD);
        convolution->pads[a] = pads[a];
        convolution->strides[a] = strides[a];
        convolution->dilations[a] = dilations[a];
    }
    return OK;
}

int cudnnSetConvolutionMathType(Convolution* convolution, int math) {
    LOCKED;
    CHECK(convolutions.count(convolution) && math >= 0 && math <= FMA, BAD);
    convolution->math = math;
    return OK;
}

int cudnnSetConvolutionGroupCount(Convolution* convolution, int groups) {
    LOCKED;
    CHECK(convolutions.count(convolution) && groups > 0, BAD);
    convolution->groups = groups;
    return OK;
}

int cudnnCreateActivationDescriptor(Activation** activation) { return made(activation, activations); }

int cudnnDestroyActivationDescriptor(Activation* activation) { return destroyed(activation, activations, BAD); }

int cudnnSetActivationDescriptor(Activation* activation, int mode, int handsNan, double) {
    LOCKED;
    CHECK(activations.count(activation) && handsNan == 0 && (mode == RELU || mode == IDENTITY), BAD);
    activation->mode = mode;
    return OK;
}

// The first ones are there to be passed over: one that does not work, one by Fourier transform, one that rounds.
int cudnnGetConvolutionForwardAlgorithm_v7(Handle* handle, const Tensor* x, const Filter* w, const Convolution* c,
        const Tensor* y, int wanted, int* count, Found* found) {
    LOCKED;
    CHECK(handles.count(handle), NOT_INITIALIZED);
    int code = check(x, w, c, y);
    CHECK(code == OK && wanted == 8, BAD);
    size_t memory = workspaceOf(y);
    Found all[] = {{6, NOT_SUPPORTED, -1, 0, 1, FMA, {}}, {FFT, OK, 1, memory, 1, FMA, {}}, {2, OK, 1, memory, 0, FMA, {}},
        {7, OK, 1, (size_t) 1 << 40, 1, FMA, {}}, {3, OK, 1, memory, 1, CONVERSION, {}},
        {GEMM, OK, 2, memory, 1, c->math == FMA ? FMA : TENSOR_OP, {}}, {PRECOMP_GEMM, OK, 3, memory, 1, FMA, {}}};
    *count = sizeof all / sizeof *all;
    memcpy(found, all, sizeof all);
    return OK;
}

int cudnnGetConvolutionForwardWorkspaceSize(Handle* handle, const Tensor* x, const Filter* w, const Convolution* c,
        const Tensor* y, int algorithm, size_t* bytes) {
    LOCKED;
    CHECK(handles.count(handle), NOT_INITIALIZED);
    int code = check(x, w, c, y);
    CHECK(code == OK, code);
    CHECK(algorithm == GEMM || algorithm == PRECOMP_GEMM, NOT_SUPPORTED);
    *bytes = workspaceOf(y);
    return OK;
}

// Here too those that are to be passed over come first.
static int gradients(Handle* handle, const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y, bool isEnough,
        int* count, Found* found) {
    LOCKED;
    CHECK(handles.count(handle), NOT_INITIALIZED);
    int code = check(x, w, c, y);
    CHECK(code == OK && isEnough, BAD);
    size_t memory = workspaceOf(y);
    Found all[] = {{5, NOT_SUPPORTED, -1, 0, 1, FMA, {}}, {FFT_GRADIENT, OK, 1, memory, 1, FMA, {}},
        {ATOMIC_GRADIENT, OK, 1, memory, 0, FMA, {}}, {4, OK, 1, (size_t) 1 << 40, 1, FMA, {}},
        {GRADIENT, OK, 3, memory, 1, c->math == FMA ? FMA : TENSOR_OP, {}}};
    *count = sizeof all / sizeof *all;
    memcpy(found, all, sizeof all);
    return OK;
}

static int gradientWorkspace(Handle* handle, const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y,
        int algorithm, size_t* bytes) {
    LOCKED;
    CHECK(handles.count(handle), NOT_INITIALIZED);
    int code = check(x, w, c, y);
    CHECK(code == OK, code);
    CHECK(algorithm == GRADIENT, NOT_SUPPORTED);
    *bytes = workspaceOf(y);
    return OK;
}

int cudnnGetConvolutionBackwardDataAlgorithm_v7(Handle* handle, const Filter* w, const Tensor* y, const Convolution* c,
        const Tensor* x, int wanted, int* count, Found* found) {
    return gradients(handle, x, w, c, y, wanted == 6, count, found);
}

int cudnnGetConvolutionBackwardFilterAlgorithm_v7(Handle* handle, const Tensor* x, const Tensor* y, const Convolution* c,
        const Filter* w, int wanted, int* count, Found* found) {
    return gradients(handle, x, w, c, y, wanted == 7, count, found);
}

int cudnnGetConvolutionBackwardDataWorkspaceSize(Handle* handle, const Filter* w, const Tensor* y, const Convolution* c,
        const Tensor* x, int algorithm, size_t* bytes) {
    return gradientWorkspace(handle, x, w, c, y, algorithm, bytes);
}

int cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle* handle, const Tensor* x, const Tensor* y, const Convolution* c,
        const Filter* w, int algorithm, size_t* bytes) {
    return gradientWorkspace(handle, x, w, c, y, algorithm, bytes);
}

int cudnnConvolutionBackwardData(Handle* handle, const float* alpha, Filter* w, uint64_t atW, Tensor* y, uint64_t atY,
        Convolution* c, int algorithm, uint64_t workspace, size_t bytes, const float* beta, Tensor* x, uint64_t atX) {
    LOCKED;
    CHECK(*beta == 0, NOT_SUPPORTED);
    return run(&findInput, handle, *alpha, x, atX, w, atW, c, algorithm, workspace, bytes, 0, 0, 0, IDENTITY, y, atY);
}

int cudnnConvolutionBackwardFilter(Handle* handle, const float* alpha, Tensor* x, uint64_t atX, Tensor* y, uint64_t atY,
        Convolution* c, int algorithm, uint64_t workspace, size_t bytes, const float* beta, Filter* w, uint64_t atW) {
    LOCKED;
    CHECK(*beta == 0, NOT_SUPPORTED);
    return run(&findWeights, handle, *alpha, x, atX, w, atW, c, algorithm, workspace, bytes, 0, 0, 0, IDENTITY, y, atY);
}

int cudnnConvolutionForward(Handle* handle, const float* alpha, Tensor* x, uint64_t atX, Filter* w, uint64_t atW,
        Convolution* c, int algorithm, uint64_t workspace, size_t bytes, const float* beta, Tensor* y, uint64_t atY) {
    LOCKED;
    CHECK(*beta == 0, NOT_SUPPORTED);
    return run(&convolve, handle, *alpha, x, atX, w, atW, c, algorithm, workspace, bytes, 0, 0, 0, IDENTITY, y, atY);
}

int cudnnConvolutionBiasActivationForward(Handle* handle, const float* alpha, Tensor* x, uint64_t atX, Filter* w,
        uint64_t atW, Convolution* c, int algorithm, uint64_t workspace, size_t bytes, const float* beta, Tensor* z,
        uint64_t atZ, Tensor* b, uint64_t bias, Activation* activation, Tensor* y, uint64_t atY) {
    LOCKED;
    CHECK(tensors.count(z) && tensors.count(b) && activations.count(activation), BAD);
    CHECK(isHeld(z, atZ) && isHeld(b, bias) && z->rank == y->rank && b->rank == y->rank, BAD);
    CHECK(b->type == y->type && z->type == y->type, BAD);
    CHECK(b->dims[1] == y->dims[1] && b->strides[1] == 1 && product(b->dims, b->dims + b->rank) == y->dims[1], NOT_SUPPORTED);
    for (int a = 0; a < y->rank; a++) {
        CHECK(z->dims[a] == y->dims[a] && z->strides[a] == y->strides[a], NOT_SUPPORTED);
    }
    CHECK(activation->mode == RELU || algorithm == PRECOMP_GEMM, NOT_SUPPORTED);
    return run(&convolve, handle, *alpha, x, atX, w, atW, c, algorithm, workspace, bytes, *beta, atZ, bias, activation->mode, y, atY);
}

// For tests only: how many handles, tensors, filters, convolutions and activations are alive.
void standInConvolutionsAlive(uint64_t* counts) {
    LOCKED;
    uint64_t all[] = {handles.size(), tensors.size(), filters.size(), convolutions.size(), activations.size()};
    memcpy(counts, all, sizeof all);
}

}
