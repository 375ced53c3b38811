// What stand-ins for NVIDIA's libraries share: floats of all widths, and the way to the stand-in for the driver, which
// runs what they are asked for like any other function, so that it is recorded with a stream.

#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <set>
#include <string>

#define CHECK(condition, code) if (!(condition)) return code
#define LOCKED std::lock_guard<std::recursive_mutex> held(lock)

namespace {

// as in cudaDataType_t
constexpr int F32 = 0, F64 = 1, F16 = 2, BF16 = 14;

std::recursive_mutex lock;

// What a library hands out is known from its making to its end; `wrong` is the status for what is not.
template <typename T> int made(T** to, std::set<T*>& alive, T first = {}) {
    LOCKED;
    *to = new T(first);
    alive.insert(*to);
    return 0;
}

template <typename T> int destroyed(T* one, std::set<T*>& alive, int wrong) {
    LOCKED;
    CHECK(alive.erase(one), wrong);
    delete one;
    return 0;
}

// The stand-in for the driver beside this file, which the process has already.
inline void* driver(const char* name) {
    static void* library = [] {
        Dl_info self;
        dladdr((void*) &lock, &self);
        std::string path = self.dli_fname;
        path = path.substr(0, path.rfind('/')) + "/libcuda.so.1";
        return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    }();
    return library ? dlsym(library, name) : nullptr;
}

inline int width(int type) { return type == F64 ? 8 : type == F32 ? 4 : 2; }

inline double load(int type, uint64_t base, int64_t at) {
    switch (type) {
        case F64: return ((double*) base)[at];
        case F32: return ((float*) base)[at];
        case BF16: {
            uint32_t bits = (uint32_t) ((uint16_t*) base)[at] << 16;
            float f;
            memcpy(&f, &bits, 4);
            return f;
        }
        default: {
            uint16_t h = ((uint16_t*) base)[at];
            int exponent = h >> 10 & 31;
            double fraction = h & 1023;
            double size = exponent == 31 ? (fraction ? NAN : INFINITY)
                : exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
            return h >> 15 ? -size : size;
        }
    }
}

inline uint16_t half(float f) {
    if (std::isnan(f)) {
        return 0x7E00;
    }
    uint16_t sign = std::signbit(f) ? 0x8000 : 0;
    double size = std::fabs(f);
    if (size >= 65520) {
        return sign | 0x7C00;
    }
    int exponent = size < std::ldexp(1, -14) ? -14 : std::ilogb(size);
    double steps = std::nearbyint(std::ldexp(size, 10 - exponent)); // to even
    return sign | (uint16_t) (steps + (exponent + 14) * 1024);
}

inline void store(int type, uint64_t base, int64_t at, double value) {
    switch (type) {
        case F64: ((double*) base)[at] = value; return;
        case F32: ((float*) base)[at] = (float) value; return;
        case BF16: {
            float f = (float) value;
            uint32_t bits;
            memcpy(&bits, &f, 4);
            ((uint16_t*) base)[at] = std::isnan(f) ? 0x7FC0 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
            return;
        }
        default: ((uint16_t*) base)[at] = half((float) value); return;
    }
}

// As units take it that multiply 11 bits with the exponents of f32, or 16 bits: rounded to nearest.
inline float tf32(float f) {
    if (!std::isfinite(f)) {
        return f;
    }
    uint32_t bits;
    memcpy(&bits, &f, 4);
    bits = (bits + 0x0FFF + (bits >> 13 & 1)) & ~0x1FFFu;
    memcpy(&f, &bits, 4);
    return f;
}

inline float narrowed(int type, float f) {
    uint16_t bits;
    store(type, (uint64_t) &bits, 0, f);
    return (float) load(type, (uint64_t) &bits, 0);
}

// Whether these bytes are all in one allocation of the device.
inline bool holds(uint64_t address, uint64_t bytes) {
    auto ask = (int (*)(uint64_t, uint64_t)) driver("standInHolds");
    return ask && ask(address, bytes);
}

// A "kernel": its parameters are the words of what it is given.
using Kernel = void (*)(void**, unsigned, unsigned);

template <typename T> T given(void** parameters) {
    T work;
    for (size_t i = 0; i < sizeof work / 8; i++) {
        memcpy((char*) &work + 8 * i, parameters[i], 8);
    }
    return work;
}

template <typename T> bool enqueue(Kernel kernel, const T& work, uint64_t stream) {
    constexpr size_t WORDS = sizeof work / 8;
    void* parameters[WORDS + 1];
    for (size_t i = 0; i < WORDS; i++) {
        parameters[i] = (char*) &work + 8 * i;
    }
    parameters[WORDS] = nullptr;
    auto launch = (int (*)(uint64_t, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, uint64_t, void**,
        void**)) driver("cuLaunchKernel");
    return launch((uint64_t) kernel, 1, 1, 1, 1, 1, 1, 0, stream, parameters, nullptr) == 0;
}

}
