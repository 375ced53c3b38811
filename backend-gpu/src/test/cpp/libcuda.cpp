// A stand-in for libcuda.so.1: two devices whose memory is the process's, whose modules are the shared libraries that the
// stand-in for NVRTC makes, and which do everything at once in the calling thread. It counts what is alive, so that
// leaks are seen, and refuses what a real driver refuses: handles it did not give, copies outside of allocations,
// anything of a device whose context is not current.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <set>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>


namespace {

constexpr int OK = 0, INVALID = 1, FULL = 2, BAD_CONTEXT = 201, BAD_IMAGE = 200, BAD_HANDLE = 400, NOT_FOUND = 500,
    ILLEGAL = 700, CAPTURE = 900,
    LOST = 999;
constexpr int DEVICES = 2, FIRST_DEVICE = 7;
constexpr uint64_t FIRST_CONTEXT = 0xC0;
constexpr uint64_t ROOM = 1ull << 32;

std::recursive_mutex lock;
std::map<uint64_t, uint64_t> device; // address → bytes
std::set<void*> pinned;
std::set<uint64_t> streams, events, modules, graphs;
std::map<uint64_t, std::chrono::steady_clock::time_point> recordedAt;
uint64_t used, handles = 0x1000;
int contexts;
uint64_t lost; // the context of a device that is gone
std::map<uint64_t, uint64_t> home; // the context of a handle or an address
thread_local uint64_t current;

struct Launch {
    void (*function)(void**, unsigned, unsigned);
    std::vector<uint64_t> values;
    unsigned blocks, threads;
};
std::map<uint64_t, std::vector<Launch>> recorded; // of graphs and their instances
std::map<uint64_t, std::vector<Launch>> capturing; // by stream
constexpr int MOST_PARAMETERS = 4096 / 8; // bytes that a launch takes, at 8 each

uint64_t fresh(std::set<uint64_t>& all) {
    all.insert(++handles);
    home[handles] = current;
    return handles;
}

bool isDevice(int dev) {
    return dev >= FIRST_DEVICE && dev < FIRST_DEVICE + DEVICES;
}

bool isContext(uint64_t context) {
    return context >= FIRST_CONTEXT && context < FIRST_CONTEXT + DEVICES;
}

bool isHere(uint64_t handle) {
    auto at = home.find(handle);
    return at != home.end() && at->second == current;
}

bool holds(uint64_t address, uint64_t bytes) {
    auto at = device.upper_bound(address);
    if (at == device.begin()) {
        return false;
    }
    --at;
    return isHere(at->first) && address + bytes <= at->first + at->second;
}

void perform(const Launch& launch) {
    std::vector<void*> pointers;
    for (const uint64_t& v : launch.values) {
        pointers.push_back(const_cast<uint64_t*>(&v));
    }
    launch.function(pointers.data(), launch.blocks, launch.threads);
}

}

#define CHECK(condition, code) if (!(condition)) return code
#define LOCKED std::lock_guard<std::recursive_mutex> held(lock)
#define IN_CONTEXT LOCKED; CHECK(isContext(current), BAD_CONTEXT); CHECK(current != lost, LOST)

extern "C" {

int cuInit(unsigned) { return OK; }

int cuDriverGetVersion(int* version) { *version = 13000; return OK; }

int cuGetErrorName(int code, const char** name) {
    *name = code == FULL ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR_OF_THE_STAND_IN";
    return OK;
}

int cuGetErrorString(int code, const char** text) {
    *text = code == FULL ? "out of memory" : "refused by the stand-in";
    return OK;
}

int cuDeviceGetCount(int* count) { *count = DEVICES; return OK; }

int cuDeviceGet(int* dev, int ordinal) {
    CHECK(ordinal >= 0 && ordinal < DEVICES, 101);
    *dev = FIRST_DEVICE + ordinal;
    return OK;
}

int cuDeviceGetName(char* name, int length, int dev) {
    CHECK(isDevice(dev), 101);
    strncpy(name, "Stand-in", length);
    return OK;
}

int cuDeviceTotalMem_v2(size_t* bytes, int dev) { CHECK(isDevice(dev), 101); *bytes = ROOM; return OK; }

int cuDeviceGetAttribute(int* value, int attribute, int dev) {
    CHECK(isDevice(dev), 101);
    switch (attribute) {
        case 13: *value = 150000; return OK; // kHz: slow enough that runs are cut into short pieces
        case 16: *value = 1; return OK;
        case 75: *value = 9; return OK;
        case 76: *value = 0; return OK;
        default: return INVALID;
    }
}

int cuDevicePrimaryCtxRetain(uint64_t* context, int dev) {
    LOCKED;
    CHECK(isDevice(dev), 101);
    contexts++;
    *context = FIRST_CONTEXT + dev - FIRST_DEVICE;
    return OK;
}

int cuDevicePrimaryCtxRelease_v2(int) { LOCKED; CHECK(contexts > 0, BAD_CONTEXT); contexts--; return OK; }

int cuCtxSetCurrent(uint64_t context) { CHECK(isContext(context), BAD_CONTEXT); current = context; return OK; }

int cuMemGetInfo_v2(size_t* free, size_t* total) { IN_CONTEXT; *free = ROOM - used; *total = ROOM; return OK; }

int cuMemAlloc_v2(uint64_t* address, size_t bytes) {
    IN_CONTEXT;
    CHECK(bytes > 0, INVALID);
    CHECK(used + bytes <= ROOM, FULL);
    void* memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
    CHECK(memory, FULL);
    memset(memory, 0xA5, bytes);
    used += bytes;
    device[(uint64_t) memory] = bytes;
    home[(uint64_t) memory] = current;
    *address = (uint64_t) memory;
    return OK;
}

int cuMemFree_v2(uint64_t address) {
    IN_CONTEXT;
    auto at = device.find(address);
    CHECK(at != device.end() && isHere(address), INVALID);
    used -= at->second;
    memset((void*) address, 0x5A, at->second);
    free((void*) address);
    device.erase(at);
    return OK;
}

int cuMemAllocHost_v2(void** memory, size_t bytes) {
    IN_CONTEXT;
    *memory = malloc(bytes);
    pinned.insert(*memory);
    return OK;
}

int cuMemFreeHost(void* memory) {
    IN_CONTEXT;
    CHECK(pinned.erase(memory), INVALID);
    free(memory);
    return OK;
}

#define IN_STREAM IN_CONTEXT; CHECK(streams.count(stream) && isHere(stream), BAD_HANDLE); CHECK(!capturing.count(stream), CAPTURE)

int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, uint64_t stream) {
    IN_STREAM;
    CHECK(holds(to, bytes), INVALID);
    memcpy((void*) to, from, bytes);
    return OK;
}

int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, uint64_t stream) {
    IN_STREAM;
    CHECK(holds(from, bytes), INVALID);
    memcpy(to, (void*) from, bytes);
    return OK;
}

int cuStreamCreate(uint64_t* stream, unsigned) { IN_CONTEXT; *stream = fresh(streams); return OK; }

int cuStreamDestroy_v2(uint64_t stream) { IN_CONTEXT; CHECK(streams.erase(stream), BAD_HANDLE); return OK; }

int cuStreamSynchronize(uint64_t stream) { IN_STREAM; return OK; }

int cuEventCreate(uint64_t* event, unsigned) { IN_CONTEXT; *event = fresh(events); return OK; }

int cuEventRecord(uint64_t event, uint64_t stream) {
    IN_STREAM;
    CHECK(events.count(event), BAD_HANDLE);
    recordedAt[event] = std::chrono::steady_clock::now();
    return OK;
}

int cuEventElapsedTime(float* milliseconds, uint64_t from, uint64_t to) {
    IN_CONTEXT;
    CHECK(recordedAt.count(from) && recordedAt.count(to), BAD_HANDLE);
    *milliseconds = std::chrono::duration<float, std::milli>(recordedAt[to] - recordedAt[from]).count();
    return OK;
}

int cuEventSynchronize(uint64_t event) { IN_CONTEXT; CHECK(events.count(event), BAD_HANDLE); return OK; }

int cuEventDestroy_v2(uint64_t event) {
    IN_CONTEXT;
    CHECK(events.erase(event), BAD_HANDLE);
    recordedAt.erase(event);
    return OK;
}

int cuModuleLoadDataEx(uint64_t* module, const void* image, unsigned, void*, void**) {
    IN_CONTEXT;
    const unsigned char* elf = (const unsigned char*) image;
    CHECK(!memcmp(elf, "\177ELF", 4), BAD_IMAGE);
    uint64_t sections = *(const uint64_t*) (elf + 40);
    size_t bytes = sections + *(const uint16_t*) (elf + 58) * *(const uint16_t*) (elf + 60);
    int file = memfd_create("module", 0);
    CHECK(file >= 0 && write(file, image, bytes) == (ssize_t) bytes, BAD_IMAGE);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CHECK(library, BAD_IMAGE);
    modules.insert((uint64_t) library);
    home[(uint64_t) library] = current;
    *module = (uint64_t) library; // the file stays open: its path must not be given again
    return OK;
}

int cuModuleLoadData(uint64_t* module, const void* image) {
    return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}

int cuModuleUnload(uint64_t module) {
    IN_CONTEXT;
    CHECK(modules.erase(module), BAD_HANDLE);
    dlclose((void*) module);
    return OK;
}

int cuModuleGetFunction(uint64_t* function, uint64_t module, const char* name) {
    IN_CONTEXT;
    CHECK(modules.count(module) && isHere(module), BAD_HANDLE);
    char full[256];
    snprintf(full, sizeof full, "run_%s", name);
    *function = (uint64_t) dlsym((void*) module, full);
    CHECK(*function, NOT_FOUND);
    return OK;
}

int cuLaunchKernel(uint64_t function, unsigned blocks, unsigned y, unsigned z, unsigned threads, unsigned ty,
        unsigned tz, unsigned, uint64_t stream, void** parameters, void**) {
    IN_CONTEXT;
    CHECK(streams.count(stream) && isHere(stream), BAD_HANDLE);
    CHECK(blocks > 0 && y == 1 && z == 1 && threads > 0 && threads <= 1024 && ty == 1 && tz == 1, INVALID);
    Launch launch{(void (*)(void**, unsigned, unsigned)) function, {}, blocks, threads};
    // how many there are only the function knows: they lie one after another, 8 bytes each
    uint64_t* values = (uint64_t*) parameters[0];
    for (int i = 0; i < MOST_PARAMETERS && parameters[i] == values + i; i++) {
        launch.values.push_back(values[i]);
    }
    auto at = capturing.find(stream);
    if (at != capturing.end()) {
        at->second.push_back(launch);
    } else {
        perform(launch);
    }
    return OK;
}

int cuStreamBeginCapture_v2(uint64_t stream, int) { IN_STREAM; capturing[stream] = {}; return OK; }

int cuStreamEndCapture(uint64_t stream, uint64_t* graph) {
    IN_CONTEXT;
    CHECK(capturing.count(stream), CAPTURE);
    *graph = fresh(graphs);
    recorded[*graph] = capturing[stream];
    capturing.erase(stream);
    return OK;
}

int cuGraphInstantiateWithFlags(uint64_t* instance, uint64_t graph, unsigned long long) {
    IN_CONTEXT;
    CHECK(graphs.count(graph), BAD_HANDLE);
    *instance = fresh(graphs);
    recorded[*instance] = recorded[graph];
    return OK;
}

int cuGraphLaunch(uint64_t instance, uint64_t stream) {
    IN_STREAM;
    CHECK(graphs.count(instance), BAD_HANDLE);
    for (const Launch& launch : recorded[instance]) {
        perform(launch);
    }
    return OK;
}

int cuGraphDestroy(uint64_t graph) { IN_CONTEXT; CHECK(graphs.erase(graph), BAD_HANDLE); recorded.erase(graph); return OK; }

int cuGraphExecDestroy(uint64_t instance) { return cuGraphDestroy(instance); }

// For other stand-ins: whether these bytes are all in one allocation.
int standInHolds(uint64_t address, uint64_t bytes) { LOCKED; return holds(address, bytes); }

// For tests only: the device is gone; none with -1.
int64_t standInLose(int device) {
    LOCKED;
    lost = device < 0 ? 0 : FIRST_CONTEXT + device;
    return 0;
}

// For tests only: how much is alive.
void standInAlive(uint64_t* counts) {
    LOCKED;
    uint64_t all[] = {device.size(), pinned.size(), streams.size(), events.size(), modules.size(), graphs.size(),
        (uint64_t) contexts};
    memcpy(counts, all, sizeof all);
}

}
