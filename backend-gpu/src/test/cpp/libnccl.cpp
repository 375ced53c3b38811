// A stand-in for libnccl.so.2: sums by plain loops, in the order of the ranks, over arrays of the stand-in for libcuda,
// which lie in the process's memory. It refuses what the real one refuses or hangs in: a device twice, a sum that not
// all ranks of a group ask for alike. Tests tell it to fail.

#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <vector>

namespace {

constexpr int OK = 0, CUDA_ERROR = 1, INVALID_ARGUMENT = 4, INVALID_USAGE = 5;
constexpr int FLOAT32 = 7, FLOAT64 = 8, SUM = 0;
constexpr int DEVICES = 2;

enum { NOTHING, VERSION, INIT, REDUCE, HANG };

struct Communicator {
    int rank, ranks;
};

struct Asked {
    const void* from;
    void* to;
    size_t count;
    int type;
};

std::mutex lock;
std::condition_variable aborted;
std::map<uint64_t, Communicator> communicators;
std::map<int, std::vector<Asked>> asked; // by rank
uint64_t handles = 0x9000;
int depth, failing;
int64_t sums;

template <typename T>
void sum(const std::vector<Asked>& ranks) {
    std::vector<T> total((const T*) ranks[0].from, (const T*) ranks[0].from + ranks[0].count);
    for (size_t r = 1; r < ranks.size(); r++) {
        for (size_t i = 0; i < total.size(); i++) {
            total[i] += ((const T*) ranks[r].from)[i];
        }
    }
    for (const Asked& a : ranks) {
        memcpy(a.to, total.data(), total.size() * sizeof(T));
    }
}

int perform() {
    size_t calls = asked.begin()->second.size();
    if (asked.size() != DEVICES) {
        return INVALID_USAGE;
    }
    for (size_t i = 0; i < calls; i++) {
        std::vector<Asked> ranks;
        for (auto& [rank, own] : asked) {
            if (own.size() != calls || own[i].count != asked[0][i].count || own[i].type != asked[0][i].type) {
                return INVALID_USAGE;
            }
            ranks.push_back(own[i]);
        }
        ranks[0].type == FLOAT32 ? sum<float>(ranks) : sum<double>(ranks);
        sums++;
    }
    return OK;
}

}

extern "C" {

int ncclGetVersion(int* version) {
    *version = failing == VERSION ? 2604 : 22705;
    return OK;
}

const char* ncclGetErrorString(int code) {
    return code == OK ? "no error" : code == CUDA_ERROR ? "unhandled cuda error" : "refused by the stand-in";
}

int ncclCommInitAll(uint64_t* out, int count, const int* devices) {
    std::lock_guard<std::mutex> held(lock);
    std::set<int> each(devices, devices + count);
    if (failing == INIT) {
        return CUDA_ERROR;
    }
    if (count != DEVICES || each.size() != (size_t) count || *each.begin() < 0 || *each.rbegin() >= DEVICES) {
        return INVALID_USAGE;
    }
    for (int i = 0; i < count; i++) {
        communicators[out[i] = ++handles] = {i, count};
    }
    return OK;
}

int ncclGroupStart() {
    std::lock_guard<std::mutex> held(lock);
    depth++;
    return OK;
}

int ncclAllReduce(const void* from, void* to, size_t count, int type, int op, uint64_t comm, uint64_t stream) {
    std::lock_guard<std::mutex> held(lock);
    if (failing == REDUCE) {
        return CUDA_ERROR;
    }
    auto at = communicators.find(comm);
    if (at == communicators.end() || op != SUM || (type != FLOAT32 && type != FLOAT64) || !stream) {
        return INVALID_ARGUMENT;
    }
    if (depth == 0) {
        return INVALID_USAGE; // one thread that asks for one rank at a time would wait for ever
    }
    asked[at->second.rank].push_back({from, to, count, type});
    return OK;
}

int ncclGroupEnd() {
    std::unique_lock<std::mutex> held(lock);
    if (depth == 0) {
        return INVALID_USAGE;
    }
    depth--;
    if (failing == HANG) {
        aborted.wait(held, [] { return communicators.empty(); });
    }
    int code = asked.empty() || failing == HANG ? OK : perform();
    asked.clear();
    return code;
}

int ncclCommGetAsyncError(uint64_t comm, int* code) {
    std::lock_guard<std::mutex> held(lock);
    *code = failing == HANG ? CUDA_ERROR : OK;
    return communicators.count(comm) ? OK : INVALID_ARGUMENT;
}

int ncclCommDestroy(uint64_t comm) {
    std::lock_guard<std::mutex> held(lock);
    return communicators.erase(comm) ? OK : INVALID_ARGUMENT;
}

int ncclCommAbort(uint64_t comm) {
    int code = ncclCommDestroy(comm);
    aborted.notify_all();
    return code;
}

// For tests only.

int64_t standInFail(int function) {
    std::lock_guard<std::mutex> held(lock);
    failing = function;
    return 0;
}

int64_t standInCommunicators(int) {
    std::lock_guard<std::mutex> held(lock);
    return communicators.size();
}

int64_t standInSums(int) {
    std::lock_guard<std::mutex> held(lock);
    return sums;
}

}
