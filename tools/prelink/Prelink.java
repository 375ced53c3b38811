import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.attribute.NestHostAttribute;
import java.lang.classfile.attribute.NestMembersAttribute;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// `java Prelink.java CLASSES CLASSPATH`: rewrites the classes of a folder so that nothing is left to be linked when they
/// run. A lambda, a switch over types and the methods of a record are `invokedynamic` call sites, for each of which a JVM
/// writes, verifies and compiles classes of its own at the first call: half a millisecond apiece, a second and more
/// of a short process's start. Here a lambda becomes a nested class, a switch and a record's method a private method.
/// Sources stay as they are, and so does what the programs do.
///
/// Run again, it finds nothing to do. A call site that it does not know fails the build.
public final class Prelink {
    private static final int HELPER = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;

    private final Path folder;
    private final ClassFile format;
    private final Map<ClassDesc, List<ClassDesc>> newNestMembers =
            new TreeMap<>(Comparator.comparing(ClassDesc::descriptorString));

    private Prelink(Path folder, List<Path> classPath) {
        this.folder = folder;
        URL[] urls = Stream.concat(Stream.of(folder), classPath.stream())
                .map(path -> url(path.toUri()))
                .toArray(URL[]::new);
        ClassHierarchyResolver types =
                ClassHierarchyResolver.ofResourceParsing(new URLClassLoader(urls, ClassLoader.getSystemClassLoader()));
        this.format = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(
                types.orElse(ClassHierarchyResolver.defaultResolver()).cached()));
    }

    public static void main(String[] args) throws IOException {
        List<Path> classPath =
                Arrays.stream(args[1].split(File.pathSeparator)).map(Path::of).toList();
        Path folder = Path.of(args[0]);
        if (Files.isDirectory(folder)) {
            new Prelink(folder, classPath).run();
        }
    }

    private void run() throws IOException {
        List<Path> classes;
        try (Stream<Path> all = Files.walk(folder)) {
            classes = all.filter(p -> p.toString().endsWith(".class") && !p.endsWith("module-info.class"))
                    .sorted()
                    .toList();
        }
        for (Path file : classes) {
            rewrite(file);
        }
        newNestMembers.forEach(this::extendNest);
    }

    private void rewrite(Path file) throws IOException {
        ClassModel model = format.parse(Files.readAllBytes(file));
        if (model.findAttribute(Attributes.bootstrapMethods()).isEmpty()) {
            return;
        }
        Host host = new Host(model);
        CodeTransform code = (builder, element) -> {
            if (element instanceof InvokeDynamicInstruction site) {
                replace(builder, site, host);
            } else {
                builder.with(element);
            }
        };
        ClassTransform all = ClassTransform.transformingMethodBodies(code)
                .andThen(ClassTransform.endHandler(builder -> host.helpers.forEach(helper -> helper.accept(builder))));
        Files.write(file, format.transformClass(model, all));
    }

    /// A class that is rewritten, and the methods that it gets.
    private static final class Host {
        final ClassDesc name;
        final ClassDesc nest;
        final boolean isInterface;
        final List<Consumer<ClassBuilder>> helpers = new ArrayList<>();

        Host(ClassModel model) {
            this.name = model.thisClass().asSymbol();
            this.nest = model.findAttribute(Attributes.nestHost())
                    .map(a -> a.nestHost().asSymbol())
                    .orElse(name);
            this.isInterface = model.flags().has(AccessFlag.INTERFACE);
        }

        /// Calls a new method of this class, of the type of the call site that it stands for.
        void call(CodeBuilder site, String method, MethodTypeDesc type, Consumer<CodeBuilder> body) {
            helpers.add(builder -> builder.withMethodBody(method, type, HELPER, body));
            site.invokestatic(name, method, type, isInterface);
        }
    }

    private void replace(CodeBuilder code, InvokeDynamicInstruction site, Host host) {
        DirectMethodHandleDesc bootstrap = site.bootstrapMethod();
        List<ConstantDesc> facts = site.bootstrapArgs();
        String method = site.name().stringValue();
        switch (bootstrap.owner().displayName() + "." + bootstrap.methodName()) {
            case "LambdaMetafactory.metafactory" -> lambda(code, site, host);
            case "SwitchBootstraps.typeSwitch" ->
                host.call(
                        code, "switch$" + host.helpers.size(), site.typeSymbol(), body -> TypeSwitch.write(body, facts));
            case "ObjectMethods.bootstrap" ->
                host.call(code, "record$" + method, site.typeSymbol(), body -> RecordMethod.write(body, method, facts));
            case String other -> throw new IllegalStateException(host.name.displayName() + ": no form for " + other);
        }
    }

    private void lambda(CodeBuilder code, InvokeDynamicInstruction site, Host host) {
        List<ClassDesc> members = newNestMembers.computeIfAbsent(host.nest, _ -> new ArrayList<>());
        String outer = host.name.descriptorString();
        ClassDesc name = ClassDesc.ofDescriptor(
                outer.substring(0, outer.length() - 1) + "$Lambda$" + members.size() + ";");
        members.add(name);
        Lambda lambda = Lambda.of(name, site);
        write(name, format.build(name, lambda::write), host.nest);
        lambda.make(code);
    }

    private void write(ClassDesc name, byte[] lambda, ClassDesc nest) {
        ClassTransform member = ClassTransform.endHandler(builder -> builder.with(NestHostAttribute.of(nest)));
        try {
            Files.write(file(name), format.transformClass(format.parse(lambda), member));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Tells a class that it shares what is private with new ones.
    private void extendNest(ClassDesc host, List<ClassDesc> members) {
        try {
            ClassModel model = format.parse(Files.readAllBytes(file(host)));
            List<ClassDesc> all = new ArrayList<>(members);
            model.findAttribute(Attributes.nestMembers())
                    .ifPresent(a -> a.nestMembers().forEach(member -> all.add(member.asSymbol())));
            ClassTransform extended = ClassTransform.dropping(NestMembersAttribute.class::isInstance)
                    .andThen(ClassTransform.endHandler(builder -> builder.with(
                            NestMembersAttribute.ofSymbols(all.stream().distinct().toList()))));
            Files.write(file(host), format.transformClass(model, extended));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file(ClassDesc name) {
        String descriptor = name.descriptorString();
        return folder.resolve(descriptor.substring(1, descriptor.length() - 1) + ".class");
    }

    private static URL url(URI place) {
        try {
            return place.toURL();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
