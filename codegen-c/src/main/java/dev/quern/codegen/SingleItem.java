package dev.quern.codegen;

/// Launches as compilers for FPGAs want them: one work item that goes through all items, with every extent, stride and
/// offset in the text, so that loops can be pipelined and addresses laid out when the kernel is built.
final class SingleItem {
    private static final String ONE_ITEM = "    int item = from + ITEM;\n    if (item >= items) return;\n";
    private static final int HASH_CHARACTERS = 12;

    private SingleItem() {}

    /// @param launch one item for each work item
    static Launch of(Launch launch) {
        String text = launch.text();
        int head = text.indexOf('(', text.indexOf(launch.function()));
        int body = text.indexOf(ONE_ITEM);
        if (body < 0) {
            throw new IllegalArgumentException(launch.function() + " is not written item by item");
        }
        StringBuilder rest = new StringBuilder(text.substring(head, body).replaceAll(", int n[0-9]+", ""));
        for (int i = 0; i < launch.numbers().size(); i++) {
            rest.append("    const int n")
                    .append(i)
                    .append(" = ")
                    .append(launch.numbers().get(i))
                    .append(";\n");
        }
        String item =
                text.substring(body + ONE_ITEM.length(), text.lastIndexOf('}')).replace("return;", "continue;");
        rest.append("    for (int item = from; item < items; item++) {\n");
        item.lines().forEach(l -> rest.append("    ").append(l).append('\n'));
        rest.append("    }\n}\n\n");
        String kind = launch.function().substring(0, launch.function().lastIndexOf('_'));
        String function = kind + "_" + Hash.of("FPGA" + rest).substring(0, HASH_CHARACTERS);
        return new Launch(
                function,
                "KERNEL GROUP(1) " + function + rest,
                0,
                launch.arrays(),
                java.util.List.of(),
                launch.items(),
                launch.work());
    }
}
