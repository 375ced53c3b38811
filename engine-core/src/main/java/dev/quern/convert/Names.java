package dev.quern.convert;

import dev.quern.session.ModelException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// What to say of a name that is not there.
final class Names {
    private static final int SHOWN = 5;

    private Names() {}

    /// `the model has no input "imput"; did you mean "input"?`.
    ///
    /// @param kind what was looked for: `input`, `value`, `dim` …
    static ModelException unknown(String kind, String name, Collection<String> known) {
        List<String> close = known.stream()
                .distinct()
                .filter(k -> isClose(name, k) || contains(name, k))
                .sorted(Comparator.comparingInt(k -> distance(name, k)))
                .limit(SHOWN)
                .toList();
        String hint = close.isEmpty()
                ? known.size() <= 2 * SHOWN ? "it has " + known : "it has " + known.size() + " others"
                : "did you mean " + String.join(", ", close) + "?";
        return new ModelException("the model has no " + kind + " \"" + name + "\"; " + hint);
    }

    private static boolean isClose(String name, String known) {
        int distance = distance(name, known);
        return distance < name.length() && distance <= Math.max(2, name.length() / 3);
    }

    private static boolean contains(String name, String known) {
        String a = name.toLowerCase(Locale.ROOT);
        String b = known.toLowerCase(Locale.ROOT);
        return a.length() > 2 && b.contains(a) || b.length() > 2 && a.contains(b);
    }

    /// The edits between two names (Levenshtein, 1965).
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int exchanged = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(exchanged, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
