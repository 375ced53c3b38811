import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;

/// The method `int (Object value, int from)` behind a switch over types or strings, as `SwitchBootstraps.typeSwitch`
/// says it: the first label at or after `from` that fits the value; their number if none does; −1 for null.
final class TypeSwitch {
    private static final MethodTypeDesc EQUALS =
            MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_Object);

    private TypeSwitch() {}

    static void write(CodeBuilder code, List<ConstantDesc> labels) {
        Label present = code.newLabel();
        code.aload(0).ifnonnull(present).iconst_m1().ireturn().labelBinding(present);
        for (int i = 0; i < labels.size(); i++) {
            Label next = code.newLabel();
            code.iload(1).loadConstant(i).if_icmpgt(next);
            switch (labels.get(i)) {
                case ClassDesc type -> code.aload(0).instanceOf(type);
                case String text -> code.ldc(text).aload(0).invokevirtual(ConstantDescs.CD_String, "equals", EQUALS);
                case ConstantDesc other -> throw new IllegalStateException("no form for the label " + other);
            }
            code.ifeq(next).loadConstant(i).ireturn().labelBinding(next);
        }
        code.loadConstant(labels.size()).ireturn();
    }
}
