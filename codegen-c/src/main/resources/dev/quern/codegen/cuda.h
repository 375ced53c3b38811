#define HAS_F64
#define KERNEL extern "C" __global__ void
#define GLOBAL
#define LOCAL __shared__
#define BARRIER __syncthreads()
#define LOCAL_ITEM ((int) threadIdx.x)
#define UNROLL _Pragma("unroll")
#define FN static __device__
#define GROUP(n) __launch_bounds__(n)
#define ITEM ((int) (blockIdx.x * blockDim.x + threadIdx.x))
#define CAS(p, old, new) atomicCAS(p, old, new)
typedef signed char i8;
typedef unsigned char u8;
typedef short i16;
typedef unsigned short u16;
typedef int i32;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;
#define BITS_OF_F32(x) __float_as_int(x)
#define F32_OF_BITS(x) __int_as_float((int) (x))
#define BITS_OF_F64(x) __double_as_longlong(x)
#define F64_OF_BITS(x) __longlong_as_double((long long) (x))
