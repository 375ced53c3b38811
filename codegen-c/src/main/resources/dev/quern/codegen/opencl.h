#pragma OPENCL FP_CONTRACT OFF
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#define HAS_F64
#endif
#define KERNEL __kernel void
#define GLOBAL __global
#define LOCAL __local
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE)
#define LOCAL_ITEM ((int) get_local_id(0))
#define UNROLL
#define FN static
#define GROUP(n) __attribute__((reqd_work_group_size(n, 1, 1)))
#define ITEM ((int) get_global_id(0))
#define CAS(p, old, new) atomic_cmpxchg((volatile __global int*) (p), old, new)
typedef char i8;
typedef uchar u8;
typedef short i16;
typedef ushort u16;
typedef int i32;
typedef uint u32;
typedef long i64;
typedef ulong u64;
#define BITS_OF_F32(x) as_int(x)
#define F32_OF_BITS(x) as_float((int) (x))
#define BITS_OF_F64(x) as_long(x)
#define F64_OF_BITS(x) as_double((long) (x))
