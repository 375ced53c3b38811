package dev.quern.codegen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Several launches of one function as one launch: its items are those of the first, then those of the second, and so
/// on, and each takes the arrays and numbers of its own. The updates of all parameters of a model, for one, are the
/// same function of other arrays.
public final class JoinedLaunch {
    private static final String ONE_ITEM = "    int item = from + ITEM;\n    if (item >= items) return;\n";
    private static final Pattern POINTER = Pattern.compile("(GLOBAL [^,*]*\\*) p[0-9]+");
    private static final String KIND = "q_joined_";
    private static final int POINTER_BYTES = 8;
    private static final int NUMBER_BYTES = 4;
    private static final int FIRST_BYTES = POINTER_BYTES + 3 * NUMBER_BYTES;
    private static final int HASH_CHARACTERS = 12;

    private final List<Launch> launches;
    private final List<String> types;
    private final Map<Argument, Integer> arrays = new LinkedHashMap<>();
    private final List<Integer> numbers = new ArrayList<>();
    private final StringBuilder choice = new StringBuilder();

    private record Argument(Launch.Array array, String type) {}

    private JoinedLaunch(List<Launch> launches) {
        this.launches = launches;
        this.types = pointers(launches.getFirst());
    }

    /// Whether the launch can be joined with others of its function: it is not joined yet, meets no other item, keeps
    /// nothing between launches and never fails.
    public static boolean accepts(Launch launch) {
        return launch.group() > 0
                && !launch.function().startsWith(KIND)
                && !launch.canFail()
                && launch.text().contains(ONE_ITEM)
                && !launch.text().contains("LOCAL")
                && launch.arrays().stream().allMatch(Launch.OfBuffer.class::isInstance);
    }

    /// Bytes that the launch adds at most to the arguments of a joined one.
    public static int bytes(Launch launch) {
        return launch.arrays().size() * POINTER_BYTES + (launch.numbers().size() + 1) * NUMBER_BYTES;
    }

    /// Bytes of arguments that every launch has.
    public static int commonBytes() {
        return FIRST_BYTES;
    }

    /// @param launches two or more that have one text and are [accepted][#accepts]; they may run in any order
    public static Launch of(List<Launch> launches) {
        return new JoinedLaunch(List.copyOf(launches)).joined();
    }

    private static List<String> pointers(Launch launch) {
        Matcher found = POINTER.matcher(launch.text().substring(0, launch.text().indexOf(ONE_ITEM)));
        return found.results().map(r -> r.group(1)).toList();
    }

    private Launch joined() {
        String text = launches.getFirst().text();
        int counts = launches.getFirst().numbers().size();
        int items = 0;
        List<Integer> ends = new ArrayList<>();
        for (Launch l : launches) {
            items = Math.addExact(items, l.items());
            ends.add(items);
        }
        // ends first, then the numbers of each
        numbers.addAll(ends.subList(0, ends.size() - 1));
        launches.forEach(l -> numbers.addAll(l.numbers()));
        choose(0, launches.size(), "    ");
        StringBuilder rest = new StringBuilder("(GLOBAL i32* status, int step, int from, int items");
        arrays.forEach(
                (a, number) -> rest.append(", ").append(a.type()).append(" a").append(number));
        for (int i = 0; i < numbers.size(); i++) {
            rest.append(", int c").append(i);
        }
        rest.append(") {\n").append(ONE_ITEM);
        for (int p = 0; p < types.size(); p++) {
            rest.append("    ").append(types.get(p)).append(" p").append(p).append(";\n");
        }
        for (int n = 0; n < counts; n++) {
            rest.append("    int n").append(n).append(";\n");
        }
        rest.append(choice).append(text.substring(text.indexOf(ONE_ITEM) + ONE_ITEM.length()));
        int group = launches.getFirst().group();
        String function = KIND + Hash.of(group + rest.toString()).substring(0, HASH_CHARACTERS);
        return new Launch(
                function,
                "KERNEL GROUP(" + group + ") " + function + rest,
                group,
                arrays.keySet().stream().map(Argument::array).toList(),
                numbers,
                items,
                launches.stream().mapToLong(Launch::work).sum());
    }

    /// Writes the choice among launches `from` to `to`, by halves.
    private void choose(int from, int to, String indent) {
        if (to - from > 1) {
            int middle = (from + to) >>> 1;
            choice.append(indent).append("if (item < c").append(middle - 1).append(") {\n");
            choose(from, middle, indent + "    ");
            choice.append(indent).append("} else {\n");
            choose(middle, to, indent + "    ");
            choice.append(indent).append("}\n");
            return;
        }
        Launch launch = launches.get(from);
        choice.append(indent);
        if (from > 0) {
            choice.append("item -= c").append(from - 1).append("; ");
        }
        for (int p = 0; p < types.size(); p++) {
            Argument argument = new Argument(launch.arrays().get(p), types.get(p));
            int at = arrays.computeIfAbsent(argument, a -> arrays.size());
            choice.append("p").append(p).append(" = a").append(at).append("; ");
        }
        int first = launches.size() - 1 + from * launch.numbers().size();
        for (int n = 0; n < launch.numbers().size(); n++) {
            choice.append("n").append(n).append(" = c").append(first + n).append("; ");
        }
        choice.setLength(choice.length() - 1);
        choice.append('\n');
    }
}
