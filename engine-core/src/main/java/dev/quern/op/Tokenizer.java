package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The tokens of each string along a new last axis, filled up with `padding`: what matches `token`, or where that is
/// empty what lies between separators (patterns; a single empty one separates all characters). Tokens shorter than
/// `least` characters are left out; where `mark`, each row begins with U+0002 and ends with U+0003. com.microsoft
/// Tokenizer.
public record Tokenizer(String token, List<String> separators, int least, boolean mark, String padding)
        implements HostOp {
    public Tokenizer {
        separators = List.copyOf(separators);
    }

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(1, 1);
        in.require(0, DType.STRING);
        Shape x = in.shape(0);
        return List.of(Type.tensor(DType.STRING, x.isRanked() ? x.concat(Shape.of(Dim.UNKNOWN)) : x));
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor x = in.getFirst().asTensor();
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < x.length(); i++) {
            host.checkCancelled();
            rows.add(tokens(x.getString(i)));
        }
        return List.of(Words.padded(x.shape(), rows, padding));
    }

    private List<String> tokens(String text) {
        List<String> found = token.isEmpty() ? separated(text) : matched(text);
        List<String> row = new ArrayList<>();
        if (mark) {
            row.add("\u0002");
        }
        found.stream()
                .filter(t -> !t.isEmpty() && t.codePointCount(0, t.length()) >= least)
                .forEach(row::add);
        if (mark) {
            row.add("\u0003");
        }
        return row;
    }

    private List<String> matched(String text) {
        Matcher m = Pattern.compile(token).matcher(text);
        List<String> found = new ArrayList<>();
        while (m.find()) {
            found.add(m.group());
        }
        return found;
    }

    private List<String> separated(String text) {
        List<String> parts = List.of(text);
        for (String s : separators) {
            parts = parts.stream().flatMap(p -> Arrays.stream(p.split(s, -1))).toList();
        }
        return parts;
    }

    static Stream<Example> examples() {
        Example.Operand texts = Example.fixed(Tensor.of(new String[] {"a b-cc", "", "dd,e"}, 3));
        return Stream.of(
                Example.of(new Tokenizer("[a-z]+", List.of(), 1, false, "#"), texts),
                Example.of(new Tokenizer("", List.of(" ", "[,-]"), 2, true, ""), texts),
                Example.of(new Tokenizer("", List.of(""), 1, false, ""), texts));
    }
}
