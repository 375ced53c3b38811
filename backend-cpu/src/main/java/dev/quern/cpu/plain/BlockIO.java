package dev.quern.cpu.plain;

import dev.quern.tensor.BFloat16;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;

/// Moves runs of evenly spaced elements between arrays and registers, converting to and from the compute type.
final class BlockIO {
    private BlockIO() {}

    /// Elements `address`, `address + stride`, … of `array` into elements `at` to `at + n` of a register.
    static void load(DType type, Object array, int address, int stride, Block block, int register, int at, int n) {
        switch (type) {
            case F32 -> {
                float[] from = (float[]) array;
                float[] to = block.floats(register);
                if (stride == 1) {
                    System.arraycopy(from, address, to, at, n);
                } else {
                    for (int i = 0; i < n; i++) {
                        to[at + i] = from[address + i * stride];
                    }
                }
            }
            case F16 -> {
                short[] from = (short[]) array;
                float[] to = block.floats(register);
                for (int i = 0; i < n; i++) {
                    to[at + i] = Float.float16ToFloat(from[address + i * stride]);
                }
            }
            case BF16 -> {
                short[] from = (short[]) array;
                float[] to = block.floats(register);
                for (int i = 0; i < n; i++) {
                    to[at + i] = BFloat16.toFloat(from[address + i * stride]);
                }
            }
            case F64 -> {
                double[] from = (double[]) array;
                double[] to = block.doubles(register);
                for (int i = 0; i < n; i++) {
                    to[at + i] = from[address + i * stride];
                }
            }
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F6E2M3, F6E3M2, F4E2M1 -> {
                byte[] from = (byte[]) array;
                float[] to = block.floats(register);
                for (int i = 0; i < n; i++) {
                    to[at + i] = (float) Conversion.ofBits(type, from[address + i * stride]);
                }
            }
            case I2, I4, I8, I16, I32, I64, U2, U4, U8, U16, U32, U64, BOOL ->
                loadIntegers(type, array, address, stride, block.longs(register), at, n);
            case STRING, C64, C128 -> throw new IllegalArgumentException(type + " is not computed with");
        }
    }

    private static void loadIntegers(DType type, Object array, int address, int stride, long[] to, int at, int n) {
        long mask = type.isUnsigned() && type != DType.U64 ? (1L << type.bits()) - 1 : -1L;
        switch (array) {
            case byte[] from -> {
                for (int i = 0; i < n; i++) {
                    to[at + i] = from[address + i * stride] & mask;
                }
            }
            case short[] from -> {
                for (int i = 0; i < n; i++) {
                    to[at + i] = from[address + i * stride] & mask;
                }
            }
            case int[] from -> {
                for (int i = 0; i < n; i++) {
                    to[at + i] = from[address + i * stride] & mask;
                }
            }
            case long[] from -> {
                for (int i = 0; i < n; i++) {
                    to[at + i] = from[address + i * stride];
                }
            }
            default -> throw new IllegalArgumentException(type + " does not live in " + array.getClass());
        }
    }

    /// Elements `at` to `at + n` of a register into elements `address`, `address + stride`, … of `array`.
    static void store(DType type, Block block, int register, int at, Object array, int address, int stride, int n) {
        switch (type) {
            case F32 -> {
                float[] from = block.floats(register);
                float[] to = (float[]) array;
                if (stride == 1) {
                    System.arraycopy(from, at, to, address, n);
                } else {
                    for (int i = 0; i < n; i++) {
                        to[address + i * stride] = from[at + i];
                    }
                }
            }
            case F16 -> {
                float[] from = block.floats(register);
                short[] to = (short[]) array;
                for (int i = 0; i < n; i++) {
                    to[address + i * stride] = Float.floatToFloat16(from[at + i]);
                }
            }
            case BF16 -> {
                float[] from = block.floats(register);
                short[] to = (short[]) array;
                for (int i = 0; i < n; i++) {
                    to[address + i * stride] = BFloat16.ofFloat(from[at + i]);
                }
            }
            case F64 -> {
                double[] from = block.doubles(register);
                double[] to = (double[]) array;
                for (int i = 0; i < n; i++) {
                    to[address + i * stride] = from[at + i];
                }
            }
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F6E2M3, F6E3M2, F4E2M1 -> {
                float[] from = block.floats(register);
                byte[] to = (byte[]) array;
                for (int i = 0; i < n; i++) {
                    to[address + i * stride] = (byte) Conversion.toBits(type, from[at + i]);
                }
            }
            case I2, I4, I8, I16, I32, I64, U2, U4, U8, U16, U32, U64, BOOL ->
                storeIntegers(type, block.longs(register), at, array, address, stride, n);
            case STRING, C64, C128 -> throw new IllegalArgumentException(type + " is not computed with");
        }
    }

    private static void storeIntegers(DType type, long[] from, int at, Object array, int address, int stride, int n) {
        switch (array) {
            case byte[] to -> {
                for (int i = 0; i < n; i++) {
                    to[address + i * stride] = (byte) from[at + i];
                }
            }
            case short[] to -> {
                for (int i = 0; i < n; i++) {
                    to[address + i * stride] = (short) from[at + i];
                }
            }
            case int[] to -> {
                for (int i = 0; i < n; i++) {
                    to[address + i * stride] = (int) from[at + i];
                }
            }
            case long[] to -> {
                for (int i = 0; i < n; i++) {
                    to[address + i * stride] = from[at + i];
                }
            }
            default -> throw new IllegalArgumentException(type + " does not live in " + array.getClass());
        }
    }

    /// The numbers `start`, `start + step`, … into elements `at` to `at + n` of a register.
    static void count(long start, long step, Block block, int register, int at, int n) {
        long[] to = block.longs(register);
        for (int i = 0; i < n; i++) {
            to[at + i] = start + i * step;
        }
    }
}
