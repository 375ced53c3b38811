package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Operators on strings: words, patterns, joins and splits.
public sealed interface Texts extends HostOp {

    /// What happens to letters.
    enum Case {
        NONE,
        LOWER,
        UPPER;

        String of(String text) {
            return switch (this) {
                case NONE -> text;
                case LOWER -> text.toLowerCase(Locale.ROOT);
                case UPPER -> text.toUpperCase(Locale.ROOT);
            };
        }
    }

    /// The strings of a vector, or of a matrix of one row, without stop words and in one case; if none is left, one
    /// empty string. ONNX StringNormalizer, opset 10.
    record StringNormalizer(Case change, boolean caseSensitive, List<String> stopWords) implements Texts {
        public StringNormalizer {
            stopWords = List.copyOf(stopWords);
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            in.require(0, DType.STRING);
            Shape x = in.shape(0);
            if (x.isRanked() && (x.rank() == 0 || x.rank() > 2)) {
                throw new ShapeException("strings [C] or [1,C] are needed, not " + in.tensor(0));
            }
            return List.of(Type.tensor(DType.STRING, x.isRanked() ? x.with(-1, Dim.UNKNOWN) : x));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            Case compared = caseSensitive ? Case.NONE : Case.LOWER;
            Set<String> stop = stopWords.stream().map(compared::of).collect(Collectors.toSet());
            String[] kept = Arrays.stream(x.toStrings())
                    .filter(s -> !stop.contains(compared.of(s)))
                    .map(change::of)
                    .toArray(String[]::new);
            String[] out = kept.length == 0 ? new String[] {""} : kept;
            return List.of(x.rank() == 1 ? Tensor.of(out, out.length) : Tensor.of(out, 1, out.length));
        }

        static Stream<Example> examples() {
            Example.Operand days = Example.fixed(Tensor.of(new String[] {"Monday", "tuesday", "Ärger"}, 1, 3));
            return Stream.of(
                    Example.of(new StringNormalizer(Case.UPPER, false, List.of("monday")), days),
                    Example.of(new StringNormalizer(Case.LOWER, true, List.of("monday")), days),
                    Example.of(
                            new StringNormalizer(Case.NONE, false, List.of("s1")),
                            Example.fixed(Tensor.of(new String[] {"s1"}, 1))));
        }
    }

    /// Strings of two operands joined, with broadcasting. ONNX StringConcat, opset 20.
    record StringConcat() implements Texts {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(2, 2);
            in.require(0, DType.STRING);
            in.require(1, DType.STRING);
            return List.of(Type.tensor(DType.STRING, in.shape(0).broadcast(in.shape(1))));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.get(0).asTensor();
            Tensor y = in.get(1).asTensor();
            Tensor out = Tensor.zeros(DType.STRING, x.shape().broadcast(y.shape()));
            int[] dims = out.shape().intExtents();
            View left = Strided.dense(x).expand(dims);
            Positions p = new Positions(dims, left, Strided.dense(y).expand(dims));
            for (int i = 0; i < out.length(); i++, p.next()) {
                out.elements().set(i, x.getString(p.at(0)) + y.getString(p.at(1)));
            }
            return List.of(out);
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new StringConcat(), Example.operand(DType.STRING, 3, 1), Example.operand(DType.STRING, 4)));
        }
    }

    /// Whether the whole of each string matches a pattern. ONNX RegexFullMatch, opset 20.
    record RegexFullMatch(String pattern) implements Texts {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            in.require(0, DType.STRING);
            return List.of(Type.tensor(DType.BOOL, in.shape(0)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            Pattern compiled = Pattern.compile(pattern);
            Tensor out = Tensor.zeros(DType.BOOL, x.shape());
            for (int i = 0; i < x.length(); i++) {
                host.checkCancelled();
                out.elements().set(i, compiled.matcher(x.getString(i)).matches() ? 1 : 0);
            }
            return List.of(out);
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(new RegexFullMatch("s[0-3]"), Example.operand(DType.STRING, 3, 4)));
        }
    }

    /// Each string split at a delimiter, or where that is empty at white space, at most `most` times (−1:
    /// everywhere). Results: the parts along a new last axis, filled up with empty strings; the number of parts
    /// (i64). ONNX StringSplit, opset 20.
    record StringSplit(String delimiter, long most) implements Texts {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            in.require(0, DType.STRING);
            Shape x = in.shape(0);
            return List.of(
                    Type.tensor(DType.STRING, x.isRanked() ? x.concat(Shape.of(Dim.UNKNOWN)) : x),
                    Type.tensor(DType.I64, x));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            List<List<String>> parts =
                    Arrays.stream(x.toStrings()).map(this::split).toList();
            long[] counts = parts.stream().mapToLong(List::size).toArray();
            return List.of(Words.padded(x.shape(), parts, ""), Tensor.wrap(DType.I64, counts, x.shape()));
        }

        private List<String> split(String text) {
            int limit = most < 0 || most >= Integer.MAX_VALUE ? -1 : (int) most + 1;
            if (!delimiter.isEmpty()) {
                return text.isEmpty() ? List.of() : List.of(text.split(Pattern.quote(delimiter), limit));
            }
            String trimmed = limit > 0 ? text.stripLeading() : text.strip();
            if (trimmed.isBlank()) {
                return List.of();
            }
            List<String> parts = List.of(trimmed.split("\\s+", limit));
            return parts.getLast().isEmpty() ? parts.subList(0, parts.size() - 1) : parts;
        }

        static Stream<Example> examples() {
            Example.Operand texts =
                    Example.fixed(Tensor.of(new String[] {"a,b,,c", "", " g ", "d e  f", " ", ","}, 3, 2));
            return Stream.of(
                    Example.of(new StringSplit(",", -1), texts),
                    Example.of(new StringSplit(",", 1), texts),
                    Example.of(new StringSplit("", 1), texts),
                    Example.of(new StringSplit("", -1), texts));
        }
    }
}
