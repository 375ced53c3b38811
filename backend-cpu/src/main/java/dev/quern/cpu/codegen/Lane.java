package dev.quern.cpu.codegen;

import dev.quern.tensor.DType;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;

/// What a lane of generated code holds, as a vector and as a single value.
@SuppressWarnings("ImmutableEnumChecker") // a ClassDesc is immutable, though it does not say so
public enum Lane {
    FLOAT(32, TypeKind.FLOAT, ConstantDescs.CD_float, "FloatVector"),
    DOUBLE(64, TypeKind.DOUBLE, ConstantDescs.CD_double, "DoubleVector"),
    INT(32, TypeKind.INT, ConstantDescs.CD_int, "IntVector"),
    LONG(64, TypeKind.LONG, ConstantDescs.CD_long, "LongVector"),
    /// A truth value: a lane of a mask, or 0 and 1.
    MASK(0, TypeKind.INT, ConstantDescs.CD_int, "VectorMask");

    /// The width of a lane; none for a mask, which takes that of what it is used with.
    final int bits;

    /// How a single value is stored in a local variable.
    final TypeKind kind;

    /// The type of a single value.
    final ClassDesc scalar;

    /// The class of a vector of these lanes, by name: it is not there on every Java virtual machine.
    final ClassDesc vector;

    Lane(int bits, TypeKind kind, ClassDesc scalar, String vector) {
        this.bits = bits;
        this.kind = kind;
        this.scalar = scalar;
        this.vector = ClassDesc.of("jdk.incubator.vector", vector);
    }

    /// The lane that elements of `type` are computed in.
    ///
    /// @throws NotGenerated where there is none
    static Lane of(DType type) {
        return switch (type) {
            case F32, BF16 -> FLOAT;
            case F64 -> DOUBLE;
            case I32, I8, I16, U8, U16 -> INT;
            case I64 -> LONG;
            case BOOL -> MASK;
            default -> throw new NotGenerated("elements of " + type);
        };
    }

    boolean isReal() {
        return this == FLOAT || this == DOUBLE;
    }

    /// The lane of integers that has the same width.
    Lane integer() {
        return bits == 64 ? LONG : INT;
    }
}
