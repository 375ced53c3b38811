// A warp's step of a product: d += a · b for 16 rows of a and 8 columns of b, each `line` words of local memory after the
// one before, the next 8 words of which are elements side by side along k: 8 of TF32, 16 of 16 bits. Item l of the warp
// has the sums of rows l / 4 and l / 4 + 8 and columns 2 (l % 4) and 2 (l % 4) + 1.
#define WARP_ITEM (LOCAL_ITEM & 31)
#define UNROLL_BY_4 _Pragma("unroll 4")
FN u32 tf32_of_f32(float x) {
    return x != x ? 0x7fc00000u : ((u32) BITS_OF_F32(x) + 0x1000u) & ~0x1fffu;
}
#ifdef __CUDA_ARCH__
#define STEP_OF_WARP(name, shape) \
FN void name(float* d, const u32* a, const u32* b, int line) { \
    int at = (WARP_ITEM >> 2) * line + (WARP_ITEM & 3); \
    asm volatile("mma.sync.aligned." shape " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]) \
        : "r"(a[at]), "r"(a[at + 8 * line]), "r"(a[at + 4]), "r"(a[at + 8 * line + 4]), "r"(b[at]), "r"(b[at + 4])); \
}
STEP_OF_WARP(multiply_tf32, "m16n8k8.row.col.f32.tf32.tf32.f32")
STEP_OF_WARP(multiply_bf16, "m16n8k16.row.col.f32.bf16.bf16.f32")
STEP_OF_WARP(multiply_f16, "m16n8k16.row.col.f32.f16.f16.f32")
#else
#define STEP_OF_WARP(name, product) \
FN void name(float* d, const u32* a, const u32* b, int line) { \
    for (int i = 0; i < 4; i++) { \
        const u32* x = a + ((WARP_ITEM >> 2) + 8 * (i >> 1)) * line; \
        const u32* y = b + (2 * (WARP_ITEM & 3) + (i & 1)) * line; \
        for (int k = 0; k < 8; k++) d[i] = product; \
    } \
}
STEP_OF_WARP(multiply_tf32, fma(F32_OF_BITS(x[k]), F32_OF_BITS(y[k]), d[i]))
STEP_OF_WARP(multiply_bf16, fma(f32_of_bf16(x[k] >> 16), f32_of_bf16(y[k] >> 16),
    fma(f32_of_bf16(x[k] & 0xffff), f32_of_bf16(y[k] & 0xffff), d[i])))
STEP_OF_WARP(multiply_f16, fma(f32_of_f16(x[k] >> 16), f32_of_f16(y[k] >> 16),
    fma(f32_of_f16(x[k] & 0xffff), f32_of_f16(y[k] & 0xffff), d[i])))
#endif
