package dev.quern.onnx.write;

import dev.quern.graph.Example;
import dev.quern.op.Elementwise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The examples of every operator of the library, found by looking at the classes of the operators' package.
final class OperatorExamples {
    private OperatorExamples() {}

    static List<Example> all() {
        List<Example> all = new ArrayList<>();
        for (Class<?> c : classes()) {
            for (Method m : c.getDeclaredMethods()) {
                if (m.getName().equals("examples") && m.getParameterCount() == 0) {
                    all.addAll(call(m));
                }
            }
        }
        return all;
    }

    @SuppressWarnings("unchecked")
    private static List<Example> call(Method m) {
        try {
            m.setAccessible(true);
            return ((Stream<Example>) m.invoke(null)).toList();
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("examples of " + m.getDeclaringClass(), e);
        }
    }

    private static List<Class<?>> classes() {
        String folder = Elementwise.class.getPackageName().replace('.', '/');
        try {
            URI home = Elementwise.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI();
            Path root = Path.of(home);
            if (Files.isDirectory(root)) {
                return classes(root.resolve(folder));
            }
            try (FileSystem jar = FileSystems.newFileSystem(root, Map.of())) {
                return classes(jar.getPath(folder));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Class<?>> classes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> f.endsWith(".class") && !f.startsWith("package-info"))
                    .sorted()
                    .<Class<?>>map(OperatorExamples::load)
                    .toList();
        }
    }

    private static Class<?> load(String file) {
        try {
            return Class.forName(
                    Elementwise.class.getPackageName() + "." + file.substring(0, file.length() - ".class".length()));
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
