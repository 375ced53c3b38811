package dev.quern.cpu.codegen;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.AccessFlag;
import java.util.function.Consumer;

/// Makes one hidden class with one instance; both can be collected when nothing uses the instance any more.
final class GeneratedClass {
    static final ClassDesc SELF = ClassDesc.of(GeneratedClass.class.getPackageName(), "GeneratedKernel");

    private GeneratedClass() {}

    /// An instance of a class that implements `type` by the methods that `methods` adds.
    static <T> T instance(Class<T> type, Consumer<ClassBuilder> methods) {
        byte[] bytes = ClassFile.of().build(SELF, c -> {
            c.withFlags(AccessFlag.FINAL, AccessFlag.SYNTHETIC)
                    .withInterfaceSymbols(VectorForm.desc(type))
                    .withMethodBody(
                            INIT_NAME,
                            MTD_void,
                            0,
                            code -> code.aload(0)
                                    .invokespecial(CD_Object, INIT_NAME, MTD_void)
                                    .return_());
            methods.accept(c);
        });
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return type.cast(lookup.lookupClass().getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("a generated kernel does not load", e);
        }
    }
}
