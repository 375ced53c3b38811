package dev.quern.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Lists of types in few words: `floats, ints, bool`.
final class TypeNames {
    /// Groups with a name of their own, in the order of listing.
    static final Map<String, List<String>> GROUPS = groups();

    private TypeNames() {}

    private static Map<String, List<String>> groups() {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        groups.put("floats", List.of("f32", "f64", "f16", "bf16"));
        groups.put("ints", List.of("i8", "i16", "i32", "i64"));
        groups.put("uints", List.of("u8", "u16", "u32", "u64"));
        groups.put("f8", List.of("f8e4m3fn", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz"));
        groups.put("small ints", List.of("i4", "u4", "i2", "u2"));
        groups.put("complex", List.of("c64", "c128"));
        return groups;
    }

    static String shortened(Collection<String> types) {
        List<String> words = new ArrayList<>();
        for (String around : List.of("%s", "seq(%s)", "optional(%s)", "optional(seq(%s))")) {
            Set<String> inner = inner(types, around);
            GROUPS.forEach((name, members) -> {
                if (inner.containsAll(members)) {
                    words.add(around.formatted(name));
                    members.forEach(inner::remove);
                } else {
                    members.stream()
                            .filter(inner::remove)
                            .map(around::formatted)
                            .forEach(words::add);
                }
            });
            inner.forEach(t -> words.add(around.formatted(t)));
        }
        return String.join(", ", words);
    }

    /// The types within `around`, which are no such forms themselves.
    private static Set<String> inner(Collection<String> types, String around) {
        int at = around.indexOf('%');
        String before = around.substring(0, at);
        String after = around.substring(at + 2);
        Set<String> inner = new TreeSet<>();
        for (String t : types) {
            if (t.startsWith(before) && t.endsWith(after) && t.length() > before.length() + after.length()) {
                String name = t.substring(before.length(), t.length() - after.length());
                boolean plain = !name.contains("(") || name.startsWith("map(");
                if (plain) {
                    inner.add(name);
                }
            }
        }
        return inner;
    }
}
