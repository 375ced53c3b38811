package dev.quern.onnx;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Names of values and nodes in a file that is being written. A name is given once in the whole file, since
/// a body must not hide names of the graphs around it.
final class ExportNames {
    private final Map<String, Integer> next = new HashMap<>();
    private final Set<String> taken = new HashSet<>();

    /// Takes this very name.
    ///
    /// @return whether it was free
    boolean reserve(String name) {
        return taken.add(name);
    }

    boolean isTaken(String name) {
        return taken.contains(name);
    }

    /// Takes the name, or one like it.
    String unique(String wanted) {
        if (!wanted.isEmpty() && taken.add(wanted)) {
            return wanted;
        }
        String candidate;
        do {
            candidate = wanted + "_" + next.merge(wanted, 1, Integer::sum);
        } while (!taken.add(candidate));
        return candidate;
    }
}
