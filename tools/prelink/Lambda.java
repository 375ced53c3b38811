import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;

/// The class of a lambda or method reference, as `LambdaMetafactory` says it: a field for each captured value, and one
/// method that calls what the lambda stands for. One that captures nothing has one object, `IT`, as in the JVM.
///
/// @param site takes the captured values and gives the functional interface
/// @param method the name of the interface's method
/// @param erased its type
/// @param exact its type with what type variables stand for
/// @param target what is called, with the captured values before the arguments
record Lambda(
        ClassDesc name,
        MethodTypeDesc site,
        String method,
        MethodTypeDesc erased,
        MethodTypeDesc exact,
        DirectMethodHandleDesc target) {
    private static final String ONLY = "IT";
    private static final String FACTORY = "of";

    static Lambda of(ClassDesc name, InvokeDynamicInstruction site) {
        return new Lambda(
                name,
                site.typeSymbol(),
                site.name().stringValue(),
                (MethodTypeDesc) site.bootstrapArgs().get(0),
                (MethodTypeDesc) site.bootstrapArgs().get(2),
                (DirectMethodHandleDesc) site.bootstrapArgs().get(1));
    }

    /// What takes the place of the call site.
    void make(CodeBuilder code) {
        if (site.parameterCount() == 0) {
            code.getstatic(name, ONLY, site.returnType());
        } else {
            code.invokestatic(name, FACTORY, site);
        }
    }

    void write(ClassBuilder type) {
        type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC | ClassFile.ACC_SUPER);
        type.withSuperclass(ConstantDescs.CD_Object);
        type.withInterfaceSymbols(site.returnType());
        for (int i = 0; i < site.parameterCount(); i++) {
            type.withField(field(i), site.parameterType(i), ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL);
        }
        type.withMethodBody(ConstantDescs.INIT_NAME, constructor(), ClassFile.ACC_PRIVATE, this::construct);
        if (site.parameterCount() == 0) {
            type.withField(ONLY, site.returnType(), ClassFile.ACC_STATIC | ClassFile.ACC_FINAL);
            type.withMethodBody(ConstantDescs.CLASS_INIT_NAME, ConstantDescs.MTD_void, ClassFile.ACC_STATIC, code -> {
                fresh(code);
                code.putstatic(name, ONLY, site.returnType()).return_();
            });
        } else {
            type.withMethodBody(FACTORY, site, ClassFile.ACC_STATIC, code -> {
                fresh(code);
                code.areturn();
            });
        }
        type.withMethodBody(method, erased, ClassFile.ACC_PUBLIC, this::call);
    }

    private static String field(int i) {
        return "captured" + i;
    }

    private MethodTypeDesc constructor() {
        return site.changeReturnType(ConstantDescs.CD_void);
    }

    private void construct(CodeBuilder code) {
        code.aload(0).invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void);
        for (int i = 0; i < site.parameterCount(); i++) {
            code.aload(0)
                    .loadLocal(TypeKind.from(site.parameterType(i)), code.parameterSlot(i))
                    .putfield(name, field(i), site.parameterType(i));
        }
        code.return_();
    }

    private void fresh(CodeBuilder code) {
        code.new_(name).dup();
        for (int i = 0; i < site.parameterCount(); i++) {
            code.loadLocal(TypeKind.from(site.parameterType(i)), code.parameterSlot(i));
        }
        code.invokespecial(name, ConstantDescs.INIT_NAME, constructor());
    }

    private void call(CodeBuilder code) {
        MethodTypeDesc taken = target.invocationType();
        if (target.kind() == DirectMethodHandleDesc.Kind.CONSTRUCTOR) {
            code.new_(target.owner()).dup();
        }
        int captured = site.parameterCount();
        for (int i = 0; i < captured; i++) {
            code.aload(0).getfield(name, field(i), site.parameterType(i));
        }
        for (int i = 0; i < erased.parameterCount(); i++) {
            code.loadLocal(TypeKind.from(erased.parameterType(i)), code.parameterSlot(i));
            Conversion.write(code, erased.parameterType(i), exact.parameterType(i), taken.parameterType(captured + i));
        }
        invoke(code);
        ClassDesc given = taken.returnType();
        ClassDesc asked = erased.returnType();
        if (!asked.equals(ConstantDescs.CD_void)) {
            Conversion.write(code, given, given, asked.isPrimitive() ? asked : exact.returnType());
        } else if (TypeKind.from(given).slotSize() == 2) {
            code.pop2();
        } else if (!given.equals(ConstantDescs.CD_void)) {
            code.pop();
        }
        code.return_(TypeKind.from(asked));
    }

    private void invoke(CodeBuilder code) {
        MethodTypeDesc type = MethodTypeDesc.ofDescriptor(target.lookupDescriptor());
        switch (target.kind()) {
            case STATIC, INTERFACE_STATIC ->
                code.invokestatic(target.owner(), target.methodName(), type, target.isOwnerInterface());
            case VIRTUAL, SPECIAL -> code.invokevirtual(target.owner(), target.methodName(), type);
            case INTERFACE_VIRTUAL, INTERFACE_SPECIAL ->
                code.invokeinterface(target.owner(), target.methodName(), type);
            case CONSTRUCTOR -> code.invokespecial(target.owner(), ConstantDescs.INIT_NAME, type);
            case GETTER, SETTER, STATIC_GETTER, STATIC_SETTER -> throw new IllegalStateException(target.toString());
        }
    }
}
