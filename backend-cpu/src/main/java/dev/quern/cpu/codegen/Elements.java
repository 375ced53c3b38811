package dev.quern.cpu.codegen;

import static java.lang.constant.ConstantDescs.CD_byte;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.quern.tensor.BFloat16;
import dev.quern.tensor.DType;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

/// Byte code for one element of an array: what it is stored as, and how it is read and written.
final class Elements {
    private static final ClassDesc BFLOAT16 = VectorForm.desc(BFloat16.class);
    private static final int BYTE_MASK = 0xFF;
    private static final int SHORT_MASK = 0xFFFF;

    private Elements() {}

    /// The primitive type of the arrays that hold elements of `type`.
    static ClassDesc of(DType type) {
        return switch (type) {
            case F32 -> CD_float;
            case F64 -> CD_double;
            case I32 -> CD_int;
            case I64 -> CD_long;
            case I16, U16, BF16 -> CD_short;
            case I8, U8, BOOL -> CD_byte;
            default -> throw new NotGenerated("elements of " + type);
        };
    }

    /// The width of a stored element.
    static int bits(DType type) {
        return type == DType.BOOL ? Byte.SIZE : type.bits();
    }

    /// With array and index on the stack: the element as its lane's scalar.
    static void pushElement(CodeBuilder to, DType type) {
        switch (type) {
            case F32 -> to.faload();
            case F64 -> to.daload();
            case I32 -> to.iaload();
            case I64 -> to.laload();
            case I16 -> to.saload();
            case U16 -> to.saload().loadConstant(SHORT_MASK).iand();
            case I8, BOOL -> to.baload();
            case U8 -> to.baload().loadConstant(BYTE_MASK).iand();
            case BF16 -> to.saload().invokestatic(BFLOAT16, "toFloat", MethodTypeDesc.of(CD_float, CD_short));
            default -> throw new NotGenerated("elements of " + type);
        }
    }

    /// With array, index and the lane's scalar on the stack: stores it.
    static void storeElement(CodeBuilder to, DType type) {
        switch (type) {
            case F32 -> to.fastore();
            case F64 -> to.dastore();
            case I32 -> to.iastore();
            case I64 -> to.lastore();
            case I16, U16 -> to.sastore();
            case I8, U8, BOOL -> to.bastore();
            case BF16 ->
                to.invokestatic(BFLOAT16, "ofFloat", MethodTypeDesc.of(CD_short, CD_float))
                        .sastore();
            default -> throw new NotGenerated("elements of " + type);
        }
    }

    /// The type of a method that takes `arrays`, then as many addresses, then `rest`, and gives nothing.
    static MethodTypeDesc method(java.util.List<ClassDesc> arrays, ClassDesc... rest) {
        java.util.List<ClassDesc> parameters = new java.util.ArrayList<>(arrays);
        arrays.forEach(a -> parameters.add(CD_int));
        parameters.addAll(java.util.List.of(rest));
        return MethodTypeDesc.of(CD_void, parameters);
    }
}
