// A stand-in for libnvrtc: compiles CUDA C++ for the processor at hand with g++, so that kernels run where there is no
// GPU. The result, called a cubin, is a shared library with a function run_NAME(void** parameters) for each kernel.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

namespace {

// What the device provides, in the processor's words. No header is included, as NVRTC has none.
const char* const DEVICE = R"(
#include <setjmp.h>
#include <stdlib.h>
#include <ucontext.h>
#define __global__
#define __device__
#define __launch_bounds__(n)
#define __shared__ static thread_local
struct Index { unsigned x; };
thread_local Index blockIdx, blockDim, threadIdx;
static inline int atomicCAS(int* p, int expected, int desired) {
    return __sync_val_compare_and_swap(p, expected, desired);
}
template <class To, class From> static inline To bits(From x) {
    To to;
    __builtin_memcpy(&to, &x, sizeof(To));
    return to;
}
static inline int __float_as_int(float x) { return bits<int>(x); }
static inline float __int_as_float(int x) { return bits<float>(x); }
static inline long long __double_as_longlong(double x) { return bits<long long>(x); }
static inline double __longlong_as_double(long long x) { return bits<double>(x); }
#define ONE(name) \
    static inline float name(float x) { return __builtin_##name##f(x); } \
    static inline double name(double x) { return __builtin_##name(x); }
#define TWO(name) \
    static inline float name(float x, float y) { return __builtin_##name##f(x, y); } \
    static inline double name(double x, double y) { return __builtin_##name(x, y); }
ONE(fabs) ONE(sqrt) ONE(floor) ONE(ceil) ONE(trunc) ONE(rint) ONE(exp) ONE(expm1) ONE(log) ONE(log1p) ONE(sin) ONE(cos)
ONE(tanh) ONE(erf) ONE(tan) ONE(asin) ONE(acos) ONE(atan) ONE(sinh) ONE(cosh) ONE(asinh) ONE(acosh) ONE(atanh)
TWO(fmod) TWO(pow) TWO(atan2)
static inline float fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline double fma(double x, double y, double z) { return __builtin_fma(x, y, z); }
template <int... I> struct Numbers {};
template <int N, int... I> struct Count : Count<N - 1, N - 1, I...> {};
template <int... I> struct Count<0, I...> { typedef Numbers<I...> All; };
template <class... A, int... I> static inline void call(void (*f)(A...), void** p, Numbers<I...>) { f(*(A*) p[I]...); }
template <class... A> static inline void run(void (*f)(A...), void** p, unsigned blocks, unsigned threads) {
    blockDim.x = threads;
    for (unsigned b = 0; b < blocks; b++) {
        blockIdx.x = b;
        for (unsigned t = 0; t < threads; t++) {
            threadIdx.x = t;
            call(f, p, typename Count<sizeof...(A)>::All());
        }
    }
}

// Items that meet at barriers take turns on stacks of their own.
constexpr unsigned STACK = 65536, MOST = 1024;
struct Turn { jmp_buf at; ucontext_t start; bool begun, done; };
static thread_local Turn* turns;
static thread_local char* stacks;
static thread_local jmp_buf conductor;
static thread_local ucontext_t leave;
static thread_local unsigned playing;
static thread_local void (*work)(void*);
static thread_local void* with;
static void begin() {
    work(with);
    turns[playing].done = true;
    _longjmp(conductor, 1);
}
static inline void __syncthreads() {
    if (!_setjmp(turns[playing].at)) _longjmp(conductor, 1);
}
static __attribute__((noinline)) void play(unsigned t) {
    playing = t;
    threadIdx.x = t;
    if (_setjmp(conductor)) return;
    if (turns[t].begun) _longjmp(turns[t].at, 1);
    turns[t].begun = true;
    swapcontext(&leave, &turns[t].start);
}
template <class F> struct Bound { F f; void** p; };
template <class... A> static void perform(void* bound) {
    auto* b = (Bound<void (*)(A...)>*) bound;
    call(b->f, b->p, typename Count<sizeof...(A)>::All());
}
template <class... A> static inline void run_meeting(void (*f)(A...), void** p, unsigned blocks, unsigned threads) {
    if (!turns) {
        turns = (Turn*) calloc(MOST, sizeof(Turn));
        stacks = (char*) malloc((size_t) MOST * STACK);
    }
    Bound<void (*)(A...)> bound{f, p};
    work = perform<A...>;
    with = &bound;
    blockDim.x = threads;
    for (unsigned b = 0; b < blocks; b++) {
        blockIdx.x = b;
        for (unsigned t = 0; t < threads; t++) {
            turns[t].begun = turns[t].done = false;
            getcontext(&turns[t].start);
            turns[t].start.uc_stack.ss_sp = stacks + (size_t) t * STACK;
            turns[t].start.uc_stack.ss_size = STACK;
            turns[t].start.uc_link = nullptr;
            makecontext(&turns[t].start, begin, 0);
        }
        for (bool all = false; !all;) {
            all = true;
            for (unsigned t = 0; t < threads; t++) {
                if (!turns[t].done) {
                    play(t);
                    all = all && turns[t].done;
                }
            }
        }
    }
}
)";

struct Program {
    std::string source;
    std::string log;
    std::string binary;
};

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

// The functions that are defined after the words "\nKERNEL GROUP(n) ".
std::string entries(const std::string& source) {
    std::string all;
    const std::string word = "KERNEL GROUP(";
    for (size_t at = source.find(word); at != std::string::npos; at = source.find(word, at + 1)) {
        size_t name = source.find(") ", at) + 2;
        std::string function = source.substr(name, source.find('(', name) - name);
        if (source.compare(at, 8, "KERNEL G") == 0 && function.compare(0, 2, "q_") == 0) {
            size_t end = source.find(word, name);
            bool meets = source.substr(name, end - name).find("BARRIER") != std::string::npos;
            all += "extern \"C\" void run_" + function + "(void** p, unsigned b, unsigned t) { "
                + (meets ? "run_meeting(" : "run(") + function + ", p, b, t); }\n";
        }
    }
    return all;
}

}

extern "C" {

int nvrtcVersion(int* major, int* minor) {
    *major = 0;
    *minor = 1;
    return 0;
}

int nvrtcGetNumSupportedArchs(int* count) {
    *count = 1;
    return 0;
}

int nvrtcGetSupportedArchs(int* all) {
    all[0] = 90;
    return 0;
}

int nvrtcCreateProgram(Program** program, const char* source, const char*, int, const char* const*, const char* const*) {
    *program = new Program{source, "", ""};
    return 0;
}

int nvrtcDestroyProgram(Program** program) {
    delete *program;
    return 0;
}

int nvrtcCompileProgram(Program* program, int, const char* const*) {
    char folder[] = "/tmp/quern-standin-XXXXXX";
    if (!mkdtemp(folder)) {
        return 8;
    }
    std::string base = std::string(folder) + "/k";
    std::ofstream(base + ".cpp") << DEVICE << "#line 1 \"quern.cu\"\n" << program->source << entries(program->source);
    std::string command = "g++ -x c++ -std=c++17 -O1 -fwrapv -fno-strict-aliasing -ffp-contract=off -fno-math-errno -w "
        "-march=native -shared -fPIC " + base + ".cpp -o " + base + ".so 2> " + base + ".log";
    int failed = std::system(command.c_str());
    program->log = contents(base + ".log");
    program->binary = contents(base + ".so");
    for (const char* end : {".cpp", ".so", ".log"}) {
        std::remove((base + end).c_str());
    }
    rmdir(folder);
    return failed ? 6 : 0;
}

int nvrtcGetProgramLogSize(Program* program, size_t* size) {
    *size = program->log.size();
    return 0;
}

int nvrtcGetProgramLog(Program* program, char* log) {
    std::memcpy(log, program->log.data(), program->log.size());
    return 0;
}

int nvrtcGetCUBINSize(Program* program, size_t* size) {
    *size = program->binary.size();
    return 0;
}

int nvrtcGetCUBIN(Program* program, char* cubin) {
    std::memcpy(cubin, program->binary.data(), program->binary.size());
    return 0;
}

int nvrtcGetPTXSize(Program*, size_t*) {
    return 3;
}

int nvrtcGetPTX(Program*, char*) {
    return 3;
}

}
