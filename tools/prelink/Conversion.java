import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;

/// The conversions between a functional interface's types and those of the method behind it: casts, boxing, widening.
final class Conversion {
    private static final List<ClassDesc> PRIMITIVES = List.of(
            ConstantDescs.CD_int,
            ConstantDescs.CD_long,
            ConstantDescs.CD_float,
            ConstantDescs.CD_double,
            ConstantDescs.CD_boolean,
            ConstantDescs.CD_byte,
            ConstantDescs.CD_short,
            ConstantDescs.CD_char);
    private static final List<ClassDesc> BOXES = List.of(
            ConstantDescs.CD_Integer,
            ConstantDescs.CD_Long,
            ConstantDescs.CD_Float,
            ConstantDescs.CD_Double,
            ConstantDescs.CD_Boolean,
            ConstantDescs.CD_Byte,
            ConstantDescs.CD_Short,
            ConstantDescs.CD_Character);

    private Conversion() {}

    /// Turns the value on the stack, declared as `from` and known to be `exact`, into a `to`.
    static void write(CodeBuilder code, ClassDesc from, ClassDesc exact, ClassDesc to) {
        if (from.isPrimitive() && to.isPrimitive()) {
            code.conversion(TypeKind.from(from), TypeKind.from(to));
        } else if (from.isPrimitive()) {
            code.invokestatic(box(from), "valueOf", MethodTypeDesc.of(box(from), from));
        } else if (to.isPrimitive()) {
            ClassDesc box = BOXES.contains(exact) ? exact : box(to);
            ClassDesc held = PRIMITIVES.get(BOXES.indexOf(box));
            cast(code, from, box);
            code.invokevirtual(box, held.displayName() + "Value", MethodTypeDesc.of(held))
                    .conversion(TypeKind.from(held), TypeKind.from(to));
        } else {
            cast(code, from, to);
        }
    }

    private static void cast(CodeBuilder code, ClassDesc from, ClassDesc to) {
        if (!from.equals(to) && !to.equals(ConstantDescs.CD_Object)) {
            code.checkcast(to);
        }
    }

    /// The class of boxed values of a primitive type.
    static ClassDesc box(ClassDesc primitive) {
        return BOXES.get(PRIMITIVES.indexOf(primitive));
    }
}
