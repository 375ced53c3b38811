package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;
import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.Texts;
import dev.quern.op.TfIdfVectorizer;
import dev.quern.op.Tokenizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Operators on strings.
final class TextRows {
    private TextRows() {}

    static List<Row> rows() {
        return List.of(
                row(
                                "StringNormalizer",
                                10,
                                n -> n.result(
                                        new Texts.StringNormalizer(
                                                n.choice("case_change_action", Texts.Case.NONE),
                                                n.flag("is_case_sensitive", false),
                                                n.texts("stopwords").orElse(List.of())),
                                        n.in(0)))
                        .writes(
                                Texts.StringNormalizer.class,
                                (op, n) -> n.text(
                                                "case_change_action",
                                                op.change().name())
                                        .flag("is_case_sensitive", op.caseSensitive())
                                        .texts("stopwords", op.stopWords())),
                row("StringConcat", 20, new Texts.StringConcat()),
                row(
                                "StringSplit",
                                20,
                                n -> n.result(
                                        new Texts.StringSplit(n.text("delimiter", ""), n.integer("maxsplit", -1)),
                                        n.in(0)))
                        .writes(Texts.StringSplit.class, TextRows::split),
                row(
                                "RegexFullMatch",
                                20,
                                n -> n.result(new Texts.RegexFullMatch(pattern(n.text("pattern", ""))), n.in(0)))
                        .writes(Texts.RegexFullMatch.class, (op, n) -> n.text("pattern", op.pattern())),
                row("TfIdfVectorizer", 9, TextRows::tfIdf).writes(TfIdfVectorizer.class, NgramPool::write),
                microsoft(
                                "Tokenizer",
                                n -> n.result(
                                        new Tokenizer(
                                                pattern(n.text("tokenexp", "")),
                                                n.texts("separators").orElse(List.of()).stream()
                                                        .map(TextRows::pattern)
                                                        .toList(),
                                                (int) n.integer("mincharnum", 1),
                                                n.flag("mark", false),
                                                n.text("pad_value", "")),
                                        n.in(0)))
                        .writes(Tokenizer.class, TextRows::tokenizer));
    }

    private static void split(Texts.StringSplit op, NodeExport n) {
        n.text("delimiter", op.delimiter());
        if (op.most() >= 0) {
            n.integer("maxsplit", op.most());
        }
    }

    private static void tokenizer(Tokenizer op, NodeExport n) {
        n.integer("mincharnum", op.least()).flag("mark", op.mark()).text("pad_value", op.padding());
        if (op.separators().isEmpty()) {
            n.text("tokenexp", op.token());
        } else {
            n.texts("separators", op.separators());
        }
    }

    private static String pattern(String text) {
        try {
            return Pattern.compile(text).pattern();
        } catch (PatternSyntaxException e) {
            throw new UnsupportedNodeException(
                    "the pattern " + text + " is not one that Java knows: " + e.getDescription());
        }
    }

    /// The pool lists n-grams one after another, those of length 1 first; `ngram_counts` says where each
    /// length begins.
    private static List<Value> tfIdf(NodeImport n) {
        List<Object> pool = n.texts("pool_strings")
                .<List<Object>>map(List::copyOf)
                .orElseGet(() -> LongStream.of(n.integers("pool_int64s", new long[0]))
                        .<Object>mapToObj(v -> v)
                        .toList());
        long[] starts = n.integers("ngram_counts", new long[0]);
        long[] columns = n.integers("ngram_indexes", new long[0]);
        float[] weights = n.numbers("weights").orElse(new float[0]);
        Map<List<Object>, TfIdfVectorizer.Column> grams = new HashMap<>();
        int gram = 0;
        for (int length = 1; length <= starts.length; length++) {
            long end = length < starts.length ? starts[length] : pool.size();
            for (int at = (int) starts[length - 1]; at + length <= end; at += length, gram++) {
                if (at < 0 || gram >= columns.length || columns[gram] < 0 || end > pool.size()) {
                    throw new UnsupportedNodeException("ngram_counts, ngram_indexes and the pool do not fit together");
                }
                double weight = gram < weights.length ? weights[gram] : 1;
                TfIdfVectorizer.Column column = new TfIdfVectorizer.Column(Math.toIntExact(columns[gram]), weight);
                grams.put(List.copyOf(pool.subList(at, at + length)), column);
            }
        }
        int count =
                IntStream.of(Arrays.stream(columns).mapToInt(Math::toIntExact).toArray())
                                .max()
                                .orElse(-1)
                        + 1;
        TfIdfVectorizer.Mode mode = n.choice("mode", TfIdfVectorizer.Mode.TF);
        TfIdfVectorizer.Lengths lengths = new TfIdfVectorizer.Lengths(
                Math.max(1, (int) n.integer("min_gram_length", 1)), (int) n.integer("max_gram_length", 1));
        int skips = (int) n.integer("max_skip_count", 0);
        return n.result(new TfIdfVectorizer(grams, mode, lengths, skips, count), n.in(0));
    }
}
