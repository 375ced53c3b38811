package dev.quern.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConversionTest {

    /// Every pattern of 16 bits, decoded here by the definition of the format.
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everyPatternOfSixteenBits(DType type) {
        int exponentBits = type == DType.F16 ? 5 : 8;
        Elements e = Elements.zeros(type, 1);
        for (int bits = 0; bits < 1 << 16; bits++) {
            double value = decode(bits, exponentBits);
            ((short[]) e.array())[0] = (short) bits;
            requireSame(bits, value, e.getDouble(0));
            requireSame(bits, value, Conversion.ofBits(type, bits));
            requireSame(bits, value, Conversion.round(type, value));
            e.set(0, value);
            short stored = ((short[]) e.array())[0];
            if (Double.isNaN(value) ? !Double.isNaN(e.getDouble(0)) : stored != (short) bits) {
                assertThat(stored).as("pattern %x", bits).isEqualTo((short) bits);
            }
        }
    }

    private static void requireSame(int bits, double expected, double actual) {
        if (Double.doubleToLongBits(expected) != Double.doubleToLongBits(actual)) {
            assertThat(actual).as("pattern %x", bits).isEqualTo(Double.valueOf(expected));
        }
    }

    private static double decode(int bits, int exponentBits) {
        int fractionBits = 15 - exponentBits;
        int exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
        int fraction = bits & ((1 << fractionBits) - 1);
        int bias = (1 << (exponentBits - 1)) - 1;
        double magnitude;
        if (exponent == (1 << exponentBits) - 1) {
            magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        } else {
            int significand = exponent == 0 ? fraction : fraction | (1 << fractionBits);
            magnitude = Math.scalb((double) significand, Math.max(exponent, 1) - bias - fractionBits);
        }
        return bits >> 15 == 0 ? magnitude : -magnitude;
    }

    /// Between two neighbours, the middle goes to the even one, and what is a hair off the middle to the nearer:
    /// also where rounding to float first would put it into the middle.
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void roundsOnce(DType type) {
        int top = type == DType.F16 ? 0x7BFF : 0x7F7F;
        for (int bits = 0; bits < top; bits++) {
            double low = Conversion.ofBits(type, bits);
            double high = Conversion.ofBits(type, bits + 1);
            double middle = (low + high) / 2;
            requireSame(bits, (bits & 1) == 0 ? low : high, Conversion.round(type, middle));
            requireSame(bits, high, Conversion.round(type, Math.nextUp(middle)));
            requireSame(bits, low, Conversion.round(type, Math.nextDown(middle)));
            requireSame(bits, -high, Conversion.round(type, -Math.nextUp(middle)));
        }
        double largest = Conversion.ofBits(type, top);
        double step = largest - Conversion.ofBits(type, top - 1);
        assertThat(Conversion.round(type, Math.nextDown(largest + step / 2))).isEqualTo(largest);
        assertThat(Conversion.round(type, largest + step / 2)).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @ParameterizedTest
    @EnumSource(names = {"I2", "I4", "I8", "I16", "I32", "I64", "U2", "U4", "U8", "U16", "U32", "U64"})
    void wrapsAndTruncatesIntegers(DType type) {
        SplittableRandom random = new SplittableRandom(type.name().hashCode());
        BigInteger modulus = BigInteger.ONE.shiftLeft(type.bits());
        for (int i = 0; i < 10_000; i++) {
            long value = random.nextLong() >> random.nextInt(64);
            long wrapped = Conversion.wrap(type, value);
            assertThat(number(type, wrapped).subtract(BigInteger.valueOf(value)).mod(modulus))
                    .isZero();
            assertThat(number(type, wrapped))
                    .isBetween(least(type), least(type).add(modulus).subtract(BigInteger.ONE));

            double x = number(type, wrapped).doubleValue();
            assertThat(Conversion.toDouble(type, wrapped)).isEqualTo(x);
            double inside = x / 2 + random.nextDouble();
            BigInteger whole = new BigDecimal(inside).toBigInteger();
            assertThat(number(type, Conversion.truncate(type, inside))).isEqualTo(whole);
        }
        assertThat(Conversion.truncate(type, Double.NaN)).isZero();
    }

    @Test
    void integersRoundOnceToFloat() {
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 100_000; i++) {
            long value = (random.nextLong() >>> random.nextInt(64)) | 1;
            BigInteger unsigned = number(DType.U64, value);
            assertThat(Conversion.round(DType.F32, DType.U64, value)).isEqualTo(unsigned.floatValue());
            assertThat(Conversion.round(DType.F64, DType.U64, value)).isEqualTo(unsigned.doubleValue());
            assertThat(Conversion.round(DType.F32, DType.I64, value)).isEqualTo((float) value);
        }
    }

    private static BigInteger least(DType type) {
        return type.isSigned() ? BigInteger.ONE.shiftLeft(type.bits() - 1).negate() : BigInteger.ZERO;
    }

    private static BigInteger number(DType type, long value) {
        return type == DType.U64 ? new BigInteger(Long.toUnsignedString(value)) : BigInteger.valueOf(value);
    }

    @Test
    void bits() {
        for (DType type : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
            assertThat(Conversion.ofBits(type, Conversion.toBits(type, -1.5))).isEqualTo(-1.5);
            assertThat(Conversion.toBits(type, 1.5) >>> (type.bits() - 1)).isZero();
            assertThat(Conversion.toBits(type, -1.5) >>> (type.bits() - 1)).isEqualTo(1);
        }
        assertThatThrownBy(() -> Conversion.wrap(DType.F32, 1))
                .isInstanceOf(ShapeException.class)
                .hasMessage("an integer type is needed, not f32");
        assertThatThrownBy(() -> Conversion.round(DType.STRING, 1))
                .isInstanceOf(ShapeException.class)
                .hasMessage("a float type is needed, not string");
    }

    @Test
    void bfloatsOfFloats() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 1_000_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            double expected = Conversion.round(DType.BF16, value);
            requireSame(i, expected, BFloat16.toFloat(BFloat16.ofFloat(value)));
            requireSame(i, expected, BFloat16.toFloat(BFloat16.ofDouble(value)));
        }
        assertThat(BFloat16.toFloat(BFloat16.ofFloat(Float.intBitsToFloat(0x7F800001))))
                .isNaN();
    }
}
