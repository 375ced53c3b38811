// A stand-in for libcublasLt.so.13: products by plain loops in the order of k, asked of the stand-in for libcuda like any
// other function, so that they are recorded with a stream. It refuses what the real library refuses: handles it did not
// give, layouts that do not fit, a workspace that is too small, and what lies outside of allocations.

#include "vendor.hpp"

namespace {

constexpr int OK = 0, NOT_INITIALIZED = 1, INVALID = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15;
constexpr int COMPUTE_32F = 68, COMPUTE_16F = 74, COMPUTE_16BF = 75, COMPUTE_TF32 = 77, COMPUTE_64F = 70;
constexpr int RELU = 2, BIAS = 4, GELU = 32;
constexpr uint64_t MARK = 0x51CE57A9D1A;

struct Handle {};
struct Operation { int compute, scale, transA = 0, transB = 0, epilogue = 1; uint64_t bias = 0; };
struct Layout { int type; uint64_t rows, columns; int64_t leading; int32_t batch = 1; int64_t stride = 0; };
struct Preference { uint64_t workspace = 0; };

std::set<Handle*> handles;
std::set<Operation*> operations;
std::set<Layout*> layouts;
std::set<Preference*> preferences;

struct Product {
    uint64_t a, b, c, d, bias;
    int64_t m, n, k, batch, type, result, transA, transB, leadA, leadB, leadC, leadD, stepA, stepB, stepC, stepD, epilogue, compute;
    double alpha, beta;
};

float factor(const Product& p, uint64_t base, int64_t at) {
    float f = (float) load(p.type, base, at);
    switch (p.compute) {
        case COMPUTE_TF32: return tf32(f);
        case COMPUTE_16F: return narrowed(F16, f);
        case COMPUTE_16BF: return narrowed(BF16, f);
        default: return f;
    }
}

double sum(const Product& p, int64_t a, int64_t b) {
    int64_t nextA = p.transA ? 1 : p.leadA, nextB = p.transB ? p.leadB : 1;
    if (p.type == F64) {
        double s = 0;
        for (int64_t k = 0; k < p.k; k++) {
            s = std::fma(load(F64, p.a, a + k * nextA), load(F64, p.b, b + k * nextB), s);
        }
        return s;
    }
    float s = 0;
    for (int64_t k = 0; k < p.k; k++) {
        s = std::fmaf(factor(p, p.a, a + k * nextA), factor(p, p.b, b + k * nextB), s);
    }
    return s;
}

double finished(const Product& p, double x) {
    if (p.epilogue & RELU) {
        return x > 0 ? x : 0;
    }
    return p.epilogue & GELU ? 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))) : x;
}

// A "kernel": its parameters are the words of a Product.
void multiply(void** parameters, unsigned, unsigned) {
    Product p = given<Product>(parameters);
    for (int64_t i = 0; i < p.batch; i++) {
        for (int64_t column = 0; column < p.n; column++) {
            for (int64_t row = 0; row < p.m; row++) {
                int64_t a = i * p.stepA + (p.transA ? row * p.leadA : row);
                int64_t b = i * p.stepB + (p.transB ? column : column * p.leadB);
                double x = sum(p, a, b);
                if (p.type == F64) {
                    x *= p.alpha;
                    x = p.beta == 0 ? x : x + p.beta * load(p.result, p.c, i * p.stepC + column * p.leadC + row);
                } else {
                    float f = (float) x * (float) p.alpha;
                    f = p.beta == 0 ? f : f + (float) load(p.result, p.c, i * p.stepC + column * p.leadC + row);
                    x = p.epilogue & BIAS ? f + (float) load(p.result, p.bias, row) : f;
                }
                store(p.result, p.d, i * p.stepD + column * p.leadD + row, finished(p, x));
            }
        }
    }
}

bool fits(const Layout* l, bool isTransposed, uint64_t rows, uint64_t columns, int batch) {
    return l->rows == (isTransposed ? columns : rows) && l->columns == (isTransposed ? rows : columns)
        && l->leading >= (int64_t) l->rows && l->batch == batch;
}

bool isHeld(const Layout* l, uint64_t address) {
    int64_t last = (l->batch - 1) * l->stride + ((int64_t) l->columns - 1) * l->leading + (int64_t) l->rows;
    return holds(address, last * width(l->type));
}

}

extern "C" {

size_t cublasLtGetVersion() { return 130000; }

const char* cublasLtGetStatusName(int status) {
    return status == INVALID ? "CUBLAS_STATUS_INVALID_VALUE" : "CUBLAS_STATUS_OF_THE_STAND_IN";
}

int cublasLtCreate(Handle** handle) {
    CHECK(driver("cuLaunchKernel"), NOT_INITIALIZED);
    return made(handle, handles);
}

int cublasLtDestroy(Handle* handle) { return destroyed(handle, handles, INVALID); }

int cublasLtMatmulDescCreate(Operation** operation, int compute, int scale) {
    return made(operation, operations, {compute, scale});
}

int cublasLtMatmulDescDestroy(Operation* operation) { return destroyed(operation, operations, INVALID); }

int cublasLtMatmulDescSetAttribute(Operation* operation, int attribute, const void* value, size_t bytes) {
    LOCKED;
    CHECK(operations.count(operation) && bytes == (attribute == 8 ? 8 : 4), INVALID);
    switch (attribute) {
        case 3: operation->transA = *(int*) value; return OK;
        case 4: operation->transB = *(int*) value; return OK;
        case 7: operation->epilogue = *(int*) value; return OK;
        case 8: operation->bias = *(uint64_t*) value; return OK;
        default: return INVALID;
    }
}

int cublasLtMatrixLayoutCreate(Layout** layout, int type, uint64_t rows, uint64_t columns, int64_t leading) {
    CHECK(rows > 0 && columns > 0, INVALID);
    return made(layout, layouts, {type, rows, columns, leading});
}

int cublasLtMatrixLayoutDestroy(Layout* layout) { return destroyed(layout, layouts, INVALID); }

int cublasLtMatrixLayoutSetAttribute(Layout* layout, int attribute, const void* value, size_t bytes) {
    LOCKED;
    CHECK(layouts.count(layout) && bytes == (attribute == 5 ? 4 : 8), INVALID);
    switch (attribute) {
        case 5: layout->batch = *(int32_t*) value; return OK;
        case 6: layout->stride = *(int64_t*) value; return OK;
        default: return INVALID;
    }
}

int cublasLtMatmulPreferenceCreate(Preference** preference) { return made(preference, preferences); }

int cublasLtMatmulPreferenceDestroy(Preference* preference) { return destroyed(preference, preferences, INVALID); }

int cublasLtMatmulPreferenceSetAttribute(Preference* preference, int attribute, const void* value, size_t bytes) {
    LOCKED;
    CHECK(preferences.count(preference) && bytes == (attribute == 1 ? 8 : 4), INVALID);
    if (attribute == 1) {
        preference->workspace = *(uint64_t*) value;
    }
    return attribute == 1 || (attribute >= 5 && attribute <= 8) ? OK : INVALID;
}

static int check(Operation* o, Layout* a, Layout* b, Layout* c, Layout* d) {
    CHECK(operations.count(o) && layouts.count(a) && layouts.count(b) && layouts.count(c) && layouts.count(d), INVALID);
    uint64_t k = o->transA ? a->rows : a->columns;
    CHECK(fits(a, o->transA, d->rows, k, d->batch) && fits(b, o->transB, k, d->columns, d->batch)
        && fits(c, false, d->rows, d->columns, d->batch) && fits(d, false, d->rows, d->columns, d->batch), INVALID);
    bool isDouble = a->type == F64;
    bool rounds = o->compute == COMPUTE_TF32 || o->compute == COMPUTE_16F || o->compute == COMPUTE_16BF;
    CHECK(o->compute == (isDouble ? COMPUTE_64F : COMPUTE_32F) || (rounds && a->type == F32 && d->type == F32),
        NOT_SUPPORTED);
    CHECK(o->scale == (isDouble ? F64 : F32), NOT_SUPPORTED);
    CHECK(a->type == b->type && c->type == d->type && (d->type == a->type || d->type == F32), NOT_SUPPORTED);
    CHECK(!(o->epilogue & BIAS) || o->bias, INVALID);
    CHECK(!isDouble || o->epilogue == 1, NOT_SUPPORTED);
    return OK;
}

int cublasLtMatmulAlgoGetHeuristic(Handle* handle, Operation* o, Layout* a, Layout* b, Layout* c, Layout* d,
        Preference* preference, int wanted, uint64_t* results, int* count) {
    LOCKED;
    CHECK(handles.count(handle), NOT_INITIALIZED);
    CHECK(preferences.count(preference) && wanted > 0, INVALID);
    *count = 0;
    int code = check(o, a, b, c, d);
    CHECK(code == OK, code);
    memset(results, 0, 96);
    results[0] = MARK;
    results[8] = d->rows % 2 ? 0 : preference->workspace / 1024; // some need a workspace
    *count = 1;
    return OK;
}

int cublasLtMatmul(Handle* handle, Operation* o, const void* alpha, uint64_t a, Layout* la, uint64_t b, Layout* lb,
        const void* beta, uint64_t c, Layout* lc, uint64_t d, Layout* ld, const uint64_t* algorithm, uint64_t workspace,
        size_t workspaceBytes, uint64_t stream) {
    LOCKED;
    CHECK(handles.count(handle), NOT_INITIALIZED);
    int code = check(o, la, lb, lc, ld);
    CHECK(code == OK, code);
    CHECK(algorithm[0] == MARK && algorithm[8 - 1] == 0, INVALID);
    CHECK(isHeld(la, a) && isHeld(lb, b) && isHeld(lc, c) && isHeld(ld, d), INVALID);
    CHECK(!(o->epilogue & BIAS) || holds(o->bias, ld->rows * width(ld->type)), INVALID);
    CHECK(workspaceBytes == 0 || holds(workspace, workspaceBytes), INVALID);
    bool isDouble = la->type == F64;
    double alphaValue = isDouble ? *(double*) alpha : *(float*) alpha;
    double betaValue = isDouble ? *(double*) beta : *(float*) beta;
    Product p{a, b, c, d, o->bias, (int64_t) ld->rows, (int64_t) ld->columns,
        (int64_t) (o->transA ? la->rows : la->columns), ld->batch, la->type, ld->type, o->transA, o->transB, la->leading,
        lb->leading, lc->leading, ld->leading, la->stride, lb->stride, lc->stride, ld->stride, o->epilogue, o->compute,
        alphaValue, betaValue};
    return enqueue(&multiply, p, stream) ? OK : EXECUTION_FAILED;
}

// For tests only: how many handles, operations, layouts and preferences are alive.
void standInProductsAlive(uint64_t* counts) {
    LOCKED;
    uint64_t all[] = {handles.size(), operations.size(), layouts.size(), preferences.size()};
    memcpy(counts, all, sizeof all);
}

}
