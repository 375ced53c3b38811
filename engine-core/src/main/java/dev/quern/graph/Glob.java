package dev.quern.graph;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Names by pattern: `*` stands for any characters, `?` for one.
public final class Glob {
    private Glob() {}

    /// Whether a name matches one of the patterns as a whole.
    public static Predicate<String> any(List<String> patterns) {
        List<Predicate<String>> each = patterns.stream().map(Glob::one).toList();
        return name -> each.stream().anyMatch(p -> p.test(name));
    }

    private static Predicate<String> one(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL).asMatchPredicate();
    }
}
