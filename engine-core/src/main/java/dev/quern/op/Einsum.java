package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.ShapeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Products and sums in Einstein's notation: `ij,jk->ik`. A letter that occurs twice in one term takes the diagonal,
/// `...` stands for any number of axes, which broadcast. ONNX Einsum, opset 12.
///
/// Expands, operand by operand from the left, to diagonals, sums over letters that nothing else has, and
/// [Contraction]s.
///
/// @param equation terms separated by commas, and after `->` the result; without it, all letters that occur once,
///     sorted
public record Einsum(String equation) implements CompositeOp {
    private static final String ELLIPSIS = "...";
    /// The letters that stand for the axes of an ellipsis, from the last one down.
    private static final char LAST_OF_ELLIPSIS = '\u02ff';

    @Override
    public Set<Integer> weightOperands() {
        return Set.copyOf(
                IntStream.range(0, sides()[0].split(",", -1).length).boxed().toList());
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        List<String> terms = terms(in);
        String result = result(terms);
        Term acc = reduced(g, diagonal(g, in.getFirst(), terms.getFirst()), result + rest(terms, 1));
        for (int i = 1; i < in.size(); i++) {
            String later = result + rest(terms, i + 1);
            Term next = reduced(g, diagonal(g, in.get(i), terms.get(i)), acc.letters + later);
            acc = reduced(g, acc, next.letters + later);
            boolean last = i == in.size() - 1;
            String out = last ? result : distinct(acc.letters + next.letters, later);
            acc = new Term(g.apply(new Contraction(acc.letters, next.letters, out), acc.value, next.value), out);
        }
        if (acc.letters.equals(result)) {
            return List.of(acc.value);
        }
        String from = acc.letters;
        return List.of(g.apply(
                new Arranging.Transpose(result.chars().map(from::indexOf).toArray()), acc.value));
    }

    private record Term(Value value, String letters) {}

    private String[] sides() {
        return equation.replace(" ", "").split("->", -1);
    }

    /// The letters of each operand, one for each axis, ellipses replaced.
    private List<String> terms(List<Value> in) {
        String[] given = sides()[0].split(",", -1);
        if (given.length != in.size()) {
            throw new ShapeException(
                    "the equation " + equation + " has " + given.length + " terms for " + in.size() + " operands");
        }
        List<String> terms = new ArrayList<>();
        for (int i = 0; i < given.length; i++) {
            int hidden = in.get(i).rank() - given[i].replace(ELLIPSIS, "").length();
            String term = given[i].replace(ELLIPSIS, ellipsis(Math.max(0, hidden)));
            if (term.length() != in.get(i).rank()) {
                throw new ShapeException("the term " + given[i] + " of " + equation + " does not fit the axes of "
                        + in.get(i).type());
            }
            terms.add(term);
        }
        return terms;
    }

    private static String ellipsis(int axes) {
        return IntStream.range(0, axes)
                .mapToObj(i -> Character.toString(LAST_OF_ELLIPSIS - axes + 1 + i))
                .collect(Collectors.joining());
    }

    private String result(List<String> terms) {
        String all = String.join("", terms);
        int widest = (int)
                all.chars().filter(c -> c > LAST_OF_ELLIPSIS - 32).distinct().count();
        String hidden = ellipsis(widest);
        if (sides().length == 1) {
            return hidden
                    + all.chars()
                            .filter(c -> hidden.indexOf(c) < 0 && all.indexOf(c) == all.lastIndexOf(c))
                            .sorted()
                            .mapToObj(Character::toString)
                            .collect(Collectors.joining());
        }
        String result = sides()[1].replace(ELLIPSIS, hidden);
        if (result.chars().anyMatch(c -> all.indexOf(c) < 0)
                || result.chars().distinct().count() < result.length()) {
            throw new ShapeException("the result of " + equation + " must have letters of its terms, each once");
        }
        return result;
    }

    private static String rest(List<String> terms, int from) {
        return String.join("", terms.subList(Math.min(from, terms.size()), terms.size()));
    }

    private static String distinct(String letters, String wanted) {
        return letters.chars()
                .distinct()
                .filter(c -> wanted.indexOf(c) >= 0)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }

    private static Term diagonal(GraphBuilder g, Value x, String letters) {
        Value v = x;
        String left = letters;
        for (int i = 0; i < left.length(); i++) {
            for (int j = left.lastIndexOf(left.charAt(i)); j > i; j = left.lastIndexOf(left.charAt(i))) {
                v = g.apply(new Arranging.Diagonal(i, j), v);
                left = left.substring(0, j) + left.substring(j + 1);
            }
        }
        return new Term(v, left);
    }

    /// Summed over the letters that are not among `wanted`.
    private static Term reduced(GraphBuilder g, Term t, String wanted) {
        long[] axes = IntStream.range(0, t.letters.length())
                .filter(i -> wanted.indexOf(t.letters.charAt(i)) < 0)
                .asLongStream()
                .toArray();
        if (axes.length == 0) {
            return t;
        }
        String left = Arrays.stream(Axes.others(Axes.of(axes, t.letters.length()), t.letters.length()))
                .mapToObj(i -> t.letters.substring(i, i + 1))
                .collect(Collectors.joining());
        return new Term(g.apply(new Reduce(Reduce.Kind.SUM, false), t.value, g.longs(axes)), left);
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(new Einsum("ij,jk->ik"), Example.f32(2, 3), Example.f32(3, 4)),
                Example.of(new Einsum("bij, bjk -> bik"), Example.f32(2, 2, 3), Example.f32(2, 3, 4)),
                Example.of(new Einsum("ij->ji"), Example.f32(2, 3)),
                Example.of(new Einsum("...ij,...jk"), Example.f32(2, 1, 2, 3), Example.f32(4, 3, 2)),
                Example.of(new Einsum("ii->i"), Example.f32(3, 3)),
                Example.of(new Einsum("ii"), Example.f32(3, 3)),
                Example.of(new Einsum("ij,kj,k->i"), Example.f32(2, 3), Example.f32(4, 3), Example.f32(4)),
                Example.of(new Einsum("i,j->ij"), Example.f32(2), Example.f32(3)),
                Example.of(new Einsum("ijk,i->"), Example.f32(2, 3, 2), Example.f32(2)));
    }
}
