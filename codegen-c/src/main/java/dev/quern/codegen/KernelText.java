package dev.quern.codegen;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One function while it is written: its parameters with what they are called with, and its lines.
///
/// Numbers 0 and 1 become part of the text, so that what is contiguous or repeated is seen by the C compiler; all
/// others are parameters. Views of one array share one pointer, so that it sees that an output lies where an operand
/// does.
final class KernelText {
    private static final int HASH_CHARACTERS = 12;

    private final String kind;
    private final int group;
    private final List<Buffer> buffers;
    private final Map<Object, String> pointers = new LinkedHashMap<>();
    private final List<Launch.Array> arrays = new ArrayList<>();
    private final List<String> parameters = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();
    private String indent = "    ";
    private int names;

    /// @param kind the first part of the function's name
    /// @param group items of a work group
    /// @param buffers of the program
    KernelText(String kind, int group, List<Buffer> buffers) {
        this.kind = kind;
        this.group = group;
        this.buffers = buffers;
        line("int item = from + ITEM;");
        line("if (item >= items) return;");
    }

    private record Pointer(Object array, DType dtype) {}

    /// The pointer to the array that `view` is a window on.
    String pointer(View view) {
        Buffer.Role role = buffers.get(view.buffer()).role();
        return pointer(new Pointer(role, view.dtype()), view.dtype(), new Launch.OfBuffer(view.buffer()));
    }

    String pointer(Launch.Scratch scratch) {
        return pointer(scratch, scratch.dtype(), scratch);
    }

    String pointer(Launch.Derived derived) {
        return pointer(derived, derived.dtype(), derived);
    }

    private String pointer(Object key, DType dtype, Launch.Array array) {
        return pointers.computeIfAbsent(key, k -> {
            String name = "p" + arrays.size();
            arrays.add(array);
            parameters.add("GLOBAL " + CTypes.stored(dtype) + "* " + name);
            return name;
        });
    }

    /// A number that the text may depend on: 0 and 1 are said, others are parameters.
    String structural(int value) {
        return value == 0 || value == 1 ? Integer.toString(value) : number(value);
    }

    /// A number that the text does not depend on.
    String number(int value) {
        numbers.add(value);
        return "n" + (numbers.size() - 1);
    }

    /// A name that is not used yet.
    String fresh(String prefix) {
        return prefix + names++;
    }

    /// Adds a variable with this value.
    ///
    /// @return its name
    String variable(DType dtype, String value) {
        String name = fresh("s");
        line("%s %s = %s;", CTypes.computed(dtype), name, value);
        return name;
    }

    /// Adds a line: the template with its `%s` replaced by the parts in order, `%%` by a percent sign.
    void line(String template, Object... parts) {
        body.append(indent);
        int part = 0;
        int from = 0;
        for (int at = template.indexOf('%'); at >= 0; at = template.indexOf('%', from)) {
            body.append(template, from, at).append(template.charAt(at + 1) == '%' ? "%" : parts[part++]);
            from = at + 2;
        }
        body.append(template, from, template.length()).append('\n');
    }

    /// A line that opens a block.
    void open(String template, Object... parts) {
        line(template, parts);
        indent += "    ";
    }

    void close() {
        indent = indent.substring(4);
        line("}");
    }

    /// Splits the row-major number `linear` into positions along axes of these extents.
    List<String> positions(String linear, List<String> extents) {
        List<String> at = new ArrayList<>(Collections.nCopies(extents.size(), ""));
        String rest = linear;
        for (int axis = extents.size() - 1; axis >= 0; axis--) {
            String i = fresh("i");
            if (axis == 0) {
                line("int %s = %s;", i, rest);
            } else {
                line("int %s = %s %% %s;", i, rest, extents.get(axis));
                String next = fresh("r");
                line("int %s = %s / %s;", next, rest, extents.get(axis));
                rest = next;
            }
            at.set(axis, i);
        }
        return at;
    }

    List<String> extents(int... dims) {
        List<String> extents = new ArrayList<>();
        for (int d : dims) {
            extents.add(number(d));
        }
        return extents;
    }

    /// The row-major number of a position.
    static String linear(List<String> at, List<String> extents) {
        String n = at.isEmpty() ? "0" : at.getFirst();
        for (int axis = 1; axis < at.size(); axis++) {
            n = "(" + n + " * " + extents.get(axis) + " + " + at.get(axis) + ")";
        }
        return n;
    }

    /// Where the element of `view` at a position lies in its array.
    String at(View view, List<String> position) {
        List<String> terms = new ArrayList<>();
        if (view.offset() != 0) {
            terms.add(number(view.offset()));
        }
        for (int axis = 0; axis < view.rank(); axis++) {
            String stride = structural(view.stride(axis));
            if (!stride.equals("0") && !position.get(axis).equals("0")) {
                terms.add(stride.equals("1") ? position.get(axis) : position.get(axis) + " * " + stride);
            }
        }
        return terms.isEmpty() ? "0" : String.join(" + ", terms);
    }

    /// The value of the element of `view` at a position.
    String load(View view, List<String> position) {
        return CTypes.load(view.dtype(), pointer(view) + "[" + at(view, position) + "]");
    }

    void store(View view, List<String> position, String value) {
        line("%s[%s] = %s;", pointer(view), at(view, position), CTypes.store(view.dtype(), value));
    }

    Launch launch(int items, long work) {
        StringBuilder head = new StringBuilder("(GLOBAL i32* status, int step, int from, int items");
        parameters.forEach(p -> head.append(", ").append(p));
        for (int i = 0; i < numbers.size(); i++) {
            head.append(", int n").append(i);
        }
        String rest = head.append(") {\n").append(body).append("}\n\n").toString();
        String function = "q_" + kind + "_" + Hash.of(group + rest).substring(0, HASH_CHARACTERS);
        return new Launch(
                function, "KERNEL GROUP(" + group + ") " + function + rest, group, arrays, numbers, items, work);
    }
}
