package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.Op;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Every operator of the library with its examples, found by looking at the classes of the operators' package.
final class Operators {
    private static final List<Class<?>> CLASSES = classes();

    private Operators() {}

    /// All examples, those of one class after another.
    static List<Example> examples() {
        List<Example> all = new ArrayList<>();
        for (Class<?> c : CLASSES) {
            for (Method m : c.getDeclaredMethods()) {
                if (m.getName().equals("examples") && m.getParameterCount() == 0) {
                    all.addAll(call(m));
                }
            }
        }
        return all;
    }

    /// The classes whose instances are operators.
    static Set<Class<?>> operatorClasses() {
        Set<Class<?>> found = new LinkedHashSet<>();
        for (Class<?> c : CLASSES) {
            if (Op.class.isAssignableFrom(c) && !c.isInterface() && !Modifier.isAbstract(c.getModifiers())) {
                found.add(c);
            }
        }
        return found;
    }

    /// The operators that are constants of some class.
    static Set<Op> constants() {
        Set<Op> found = new LinkedHashSet<>();
        for (Class<?> c : CLASSES) {
            for (Field f : c.getDeclaredFields()) {
                if (Modifier.isStatic(f.getModifiers()) && Op.class.isAssignableFrom(f.getType())) {
                    found.add((Op) value(f));
                }
            }
        }
        return found;
    }

    @SuppressWarnings("unchecked")
    private static List<Example> call(Method m) {
        try {
            m.setAccessible(true);
            return ((Stream<Example>) m.invoke(null)).toList();
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(
                    "examples of " + m.getDeclaringClass().getName(), e.getCause());
        }
    }

    private static Object value(Field f) {
        try {
            f.setAccessible(true);
            return f.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Class<?>> classes() {
        try {
            Path root = Path.of(Elementwise.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path folder = root.resolve(Elementwise.class.getPackageName().replace('.', '/'));
            try (Stream<Path> files = Files.list(folder)) {
                return files.map(f -> f.getFileName().toString())
                        .filter(f -> f.endsWith(".class") && !f.startsWith("package-info"))
                        .sorted(Comparator.naturalOrder())
                        .<Class<?>>map(Operators::load)
                        .toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Class<?> load(String file) {
        String name = Elementwise.class.getPackageName() + "." + file.substring(0, file.length() - ".class".length());
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
