package dev.quern.session;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/// The model formats on the library's own loader and on the context class loader.
final class Formats {
    private Formats() {}

    static List<ModelFormat> all() {
        List<ModelFormat> found = new ArrayList<>();
        ServiceLoader.load(ModelFormat.class, Formats.class.getClassLoader()).forEach(found::add);
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (context != null) {
            for (ModelFormat f : ServiceLoader.load(ModelFormat.class, context)) {
                if (found.stream().noneMatch(known -> known.name().equals(f.name()))) {
                    found.add(f);
                }
            }
        }
        return found;
    }

    static ModelFormat forFile(Path file) {
        List<ModelFormat> all = all();
        return all.stream()
                .filter(f -> f.recognises(file))
                .findFirst()
                .or(() -> all.stream().findFirst())
                .orElseThrow(() -> new ModelException(
                        "no model format is on the class path or module path: add quern-onnx-import to read " + file));
    }
}
