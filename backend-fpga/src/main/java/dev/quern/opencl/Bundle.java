package dev.quern.opencl;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.quern.backend.BackendException;
import dev.quern.codegen.Hash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A bundle that is whole: every file has the hash that the manifest says, before a driver sees it.
///
/// @param functions the names of its kernels, which hold the hashes of their texts
/// @param inputs what shapes it was written for, for people
/// @param binary what the card's compiler left
record Bundle(Path folder, Set<String> functions, String inputs, byte[] binary) {
    static final String FORMAT = "quern-fpga-1";
    static final String MANIFEST = "manifest.json";

    Bundle {
        functions = Set.copyOf(functions);
    }

    /// @throws BackendException where it is missing, damaged or not built yet
    static Bundle read(Path folder) {
        Map<String, Object> manifest = manifest(folder);
        Set<String> functions = new HashSet<>();
        for (Map<?, ?> kernel : objects(manifest.get("kernels"))) {
            functions.add(text(kernel, "function"));
            check(folder, kernel);
        }
        objects(manifest.get("weights")).forEach(w -> check(folder, w));
        if (manifest.get("model") instanceof Map<?, ?> model) {
            check(folder, model);
        }
        if (!(manifest.get("binary") instanceof Map<?, ?> binary)) {
            throw new BackendException("fpga: the kernels of " + folder
                    + " are not built yet: BUILD.md there says how; then quern fpga seal " + folder + " BINARY");
        }
        return new Bundle(folder, functions, String.valueOf(manifest.get("inputs")), check(folder, binary));
    }

    static Map<String, Object> manifest(Path folder) {
        Path file = folder.resolve(MANIFEST);
        try {
            Map<String, Object> manifest = new LinkedHashMap<>(JSON.std.mapFrom(Files.readString(file)));
            if (!FORMAT.equals(manifest.get("format"))) {
                throw new BackendException("fpga: " + file + " is of format " + manifest.get("format") + ", not "
                        + FORMAT + ": write the bundle anew");
            }
            return manifest;
        } catch (IOException e) {
            throw new BackendException("fpga: " + file + " is missing or damaged: " + e.getMessage());
        }
    }

    private static List<Map<?, ?>> objects(@org.jspecify.annotations.Nullable Object list) {
        List<Map<?, ?>> objects = new ArrayList<>();
        if (list instanceof List<?> all) {
            for (Object one : all) {
                if (one instanceof Map<?, ?> map) {
                    objects.add(map);
                }
            }
        }
        return objects;
    }

    private static String text(Map<?, ?> object, String key) {
        return String.valueOf(object.get(key));
    }

    /// The bytes of a file that the manifest names.
    private static byte[] check(Path folder, Map<?, ?> entry) {
        Path file = folder.resolve(text(entry, "file")).normalize();
        if (!file.startsWith(folder.normalize())) {
            throw new BackendException("fpga: the manifest names " + file + ", which lies outside its folder");
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (!Hash.of(bytes).equals(text(entry, "sha256"))) {
                throw new BackendException("fpga: " + file + " is not what the manifest says (its hash differs)");
            }
            return bytes;
        } catch (IOException e) {
            throw new BackendException("fpga: " + file + " cannot be read: " + e.getMessage());
        }
    }
}
