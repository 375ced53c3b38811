import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/// `equals`, `hashCode` or `toString` of a record, as `ObjectMethods` makes them.
///
/// @param names of the components, in order
/// @param fields that hold them
record RecordMethod(ClassDesc type, List<String> names, List<DirectMethodHandleDesc> fields) {
    private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
    private static final ClassDesc BUILDER = ClassDesc.of("java.lang.StringBuilder");

    /// @param facts the record, the names of its components, separated, and their getters
    static void write(CodeBuilder code, String method, List<ConstantDesc> facts) {
        String names = (String) facts.get(1);
        List<DirectMethodHandleDesc> fields = new ArrayList<>();
        facts.subList(2, facts.size()).forEach(f -> fields.add((DirectMethodHandleDesc) f));
        RecordMethod of = new RecordMethod(
                (ClassDesc) facts.getFirst(), names.isEmpty() ? List.of() : List.of(names.split(";")), fields);
        switch (method) {
            case "equals" -> of.writeEquals(code);
            case "hashCode" -> of.writeHashCode(code);
            case "toString" -> of.writeToString(code);
            default -> throw new IllegalStateException("no form for a record's " + method);
        }
    }

    private void writeEquals(CodeBuilder code) {
        Label different = code.newLabel();
        Label other = code.newLabel();
        code.aload(0).aload(1).if_acmpne(other).iconst_1().ireturn().labelBinding(other);
        code.aload(1).instanceOf(type).ifeq(different);
        code.aload(1).checkcast(type).astore(2);
        MethodTypeDesc ofObjects =
                MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_Object, ConstantDescs.CD_Object);
        for (DirectMethodHandleDesc field : fields) {
            ClassDesc t = get(code, 0, field);
            get(code, 2, field);
            switch (t.descriptorString()) {
                case "F", "D" ->
                    code.invokestatic(
                                    Conversion.box(t), "compare", MethodTypeDesc.of(ConstantDescs.CD_int, t, t))
                            .ifne(different);
                case "J" -> code.lcmp().ifne(different);
                case "I", "Z", "B", "S", "C" -> code.if_icmpne(different);
                default -> code.invokestatic(OBJECTS, "equals", ofObjects).ifeq(different);
            }
        }
        code.iconst_1().ireturn().labelBinding(different).iconst_0().ireturn();
    }

    private void writeHashCode(CodeBuilder code) {
        code.iconst_0();
        for (DirectMethodHandleDesc field : fields) {
            code.bipush(31).imul();
            ClassDesc t = get(code, 0, field);
            if (t.isPrimitive()) {
                code.invokestatic(Conversion.box(t), "hashCode", MethodTypeDesc.of(ConstantDescs.CD_int, t));
            } else {
                code.invokestatic(
                        OBJECTS, "hashCode", MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_Object));
            }
            code.iadd();
        }
        code.ireturn();
    }

    private void writeToString(CodeBuilder code) {
        code.new_(BUILDER).dup().invokespecial(BUILDER, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void);
        code.ldc(type)
                .invokevirtual(ConstantDescs.CD_Class, "getSimpleName", MethodTypeDesc.of(ConstantDescs.CD_String));
        append(code, ConstantDescs.CD_String);
        String before = "[";
        for (int i = 0; i < names.size(); i++) {
            code.ldc(before + names.get(i) + "=");
            append(code, ConstantDescs.CD_String);
            append(code, get(code, 0, fields.get(i)));
            before = ", ";
        }
        code.ldc(names.isEmpty() ? "[]" : "]");
        append(code, ConstantDescs.CD_String);
        code.invokevirtual(BUILDER, "toString", MethodTypeDesc.of(ConstantDescs.CD_String)).areturn();
    }

    private static void append(CodeBuilder code, ClassDesc type) {
        ClassDesc taken = switch (type.descriptorString()) {
            case "B", "S" -> ConstantDescs.CD_int;
            case "Ljava/lang/String;" -> type;
            case String other when other.length() == 1 -> type;
            default -> ConstantDescs.CD_Object;
        };
        code.invokevirtual(BUILDER, "append", MethodTypeDesc.of(BUILDER, taken));
    }

    private ClassDesc get(CodeBuilder code, int variable, DirectMethodHandleDesc field) {
        ClassDesc held = field.invocationType().returnType();
        code.aload(variable).getfield(type, field.methodName(), held);
        return held;
    }
}
