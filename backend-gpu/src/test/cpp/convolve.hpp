// Convolutions and their gradients by plain loops.

#pragma once

#include "vendor.hpp"

namespace {

// units that multiply, as in cudnnMathType_t
constexpr int TENSOR_OP = 1, CONVERSION = 2, FMA = 3;

// All of three spatial axes, those that there are not being of one element; words of 64 bits.
struct Work {
    uint64_t x, w, y, z, bias;
    int64_t type, n, o, c, perGroup, outputsPerGroup, isRelu, addsZ, math;
    int64_t in[3], out[3], taps[3], pads[3], strides[3], dilations[3], stepX[5], stepW[5], stepY[5];
    double alpha, beta;
};

int64_t areaOf(const int64_t* extents) { return extents[0] * extents[1] * extents[2]; }

void place(int64_t i, const int64_t* extents, int64_t* at) {
    at[0] = i / extents[2] / extents[1];
    at[1] = i / extents[2] % extents[1];
    at[2] = i % extents[2];
}

float factor(const Work& p, uint64_t base, int64_t at) {
    float f = (float) load(p.type, base, at);
    return p.type != F32 || p.math == FMA ? f : p.math == CONVERSION ? narrowed(F16, f) : tf32(f);
}

float sum(const Work& p, int64_t n, int64_t o, const int64_t* at) {
    float s = 0;
    int64_t first = o / p.outputsPerGroup * p.perGroup;
    for (int64_t c = 0; c < p.perGroup; c++) {
        for (int64_t t = 0; t < areaOf(p.taps); t++) {
            int64_t tap[3], x = n * p.stepX[0] + (first + c) * p.stepX[1], w = o * p.stepW[0] + c * p.stepW[1];
            place(t, p.taps, tap);
            bool isInside = true;
            for (int a = 0; a < 3; a++) {
                int64_t q = at[a] * p.strides[a] + tap[a] * p.dilations[a] - p.pads[a];
                isInside &= q >= 0 && q < p.in[a];
                x += q * p.stepX[2 + a];
                w += tap[a] * p.stepW[2 + a];
            }
            s = std::fmaf(isInside ? factor(p, p.x, x) : 0.0f, factor(p, p.w, w), s);
        }
    }
    return s;
}

void convolve(void** parameters, unsigned, unsigned) {
    Work p = given<Work>(parameters);
    for (int64_t n = 0; n < p.n; n++) {
        for (int64_t o = 0; o < p.o; o++) {
            for (int64_t i = 0; i < areaOf(p.out); i++) {
                int64_t at[3], y = n * p.stepY[0] + o * p.stepY[1];
                place(i, p.out, at);
                for (int a = 0; a < 3; a++) {
                    y += at[a] * p.stepY[2 + a];
                }
                float f = sum(p, n, o, at) * (float) p.alpha;
                f = p.bias ? f + (float) load(p.type, p.bias, o) : f;
                f = p.addsZ ? f + (float) p.beta * (float) load(p.type, p.z, y) : f;
                store(p.type, p.y, y, p.isRelu && !(f > 0) ? 0 : f);
            }
        }
    }
}

float weightGradient(const Work& p, int64_t o, int64_t c, const int64_t* tap) {
    float s = 0;
    for (int64_t n = 0; n < p.n; n++) {
        for (int64_t i = 0; i < areaOf(p.out); i++) {
            int64_t at[3], x = n * p.stepX[0] + (o / p.outputsPerGroup * p.perGroup + c) * p.stepX[1];
            int64_t y = n * p.stepY[0] + o * p.stepY[1];
            place(i, p.out, at);
            bool isInside = true;
            for (int a = 0; a < 3; a++) {
                int64_t q = at[a] * p.strides[a] + tap[a] * p.dilations[a] - p.pads[a];
                isInside &= q >= 0 && q < p.in[a];
                x += q * p.stepX[2 + a];
                y += at[a] * p.stepY[2 + a];
            }
            s = std::fmaf(isInside ? factor(p, p.x, x) : 0.0f, factor(p, p.y, y), s);
        }
    }
    return s;
}

void findWeights(void** parameters, unsigned, unsigned) {
    Work p = given<Work>(parameters);
    for (int64_t o = 0; o < p.o; o++) {
        for (int64_t c = 0; c < p.perGroup; c++) {
            for (int64_t t = 0; t < areaOf(p.taps); t++) {
                int64_t tap[3], w = o * p.stepW[0] + c * p.stepW[1];
                place(t, p.taps, tap);
                for (int a = 0; a < 3; a++) {
                    w += tap[a] * p.stepW[2 + a];
                }
                store(p.type, p.w, w, weightGradient(p, o, c, tap) * (float) p.alpha);
            }
        }
    }
}

float inputGradient(const Work& p, int64_t n, int64_t c, const int64_t* at) {
    float s = 0;
    int64_t first = c / p.perGroup * p.outputsPerGroup;
    for (int64_t o = first; o < first + p.outputsPerGroup; o++) {
        for (int64_t t = areaOf(p.taps) - 1; t >= 0; t--) {
            int64_t tap[3], y = n * p.stepY[0] + o * p.stepY[1], w = o * p.stepW[0] + c % p.perGroup * p.stepW[1];
            place(t, p.taps, tap);
            bool meets = true;
            for (int a = 0; a < 3; a++) {
                int64_t q = at[a] + p.pads[a] - tap[a] * p.dilations[a];
                meets &= q >= 0 && q % p.strides[a] == 0 && q / p.strides[a] < p.out[a];
                y += q / p.strides[a] * p.stepY[2 + a];
                w += tap[a] * p.stepW[2 + a];
            }
            s = std::fmaf(meets ? factor(p, p.y, y) : 0.0f, factor(p, p.w, w), s);
        }
    }
    return s;
}

void findInput(void** parameters, unsigned, unsigned) {
    Work p = given<Work>(parameters);
    for (int64_t n = 0; n < p.n; n++) {
        for (int64_t c = 0; c < p.c; c++) {
            for (int64_t i = 0; i < areaOf(p.in); i++) {
                int64_t at[3], x = n * p.stepX[0] + c * p.stepX[1];
                place(i, p.in, at);
                for (int a = 0; a < 3; a++) {
                    x += at[a] * p.stepX[2 + a];
                }
                store(p.type, p.x, x, inputGradient(p, n, c, at) * (float) p.alpha);
            }
        }
    }
}

}
