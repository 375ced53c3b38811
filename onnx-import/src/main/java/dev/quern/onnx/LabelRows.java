package dev.quern.onnx;

import static dev.quern.onnx.Row.ml;

import dev.quern.graph.Value;
import dev.quern.op.Casting;
import dev.quern.op.Columns;
import dev.quern.op.Indexing;
import dev.quern.op.Labels;
import dev.quern.op.Logic;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// ONNX-ML's operators on categories, dictionaries and labels.
final class LabelRows {
    private LabelRows() {}

    static List<Row> rows() {
        return List.of(
                ml("LabelEncoder", 1, LabelRows::encoderOfClasses),
                ml("LabelEncoder", 2, LabelRows::encoder),
                ml("CategoryMapper", 1, LabelRows::categoryMapper),
                ml("OneHotEncoder", 1, LabelRows::oneHot),
                ml("ArrayFeatureExtractor", 1, LabelRows::columns),
                ml(
                        "ZipMap",
                        1,
                        n -> n.result(
                                new Labels.ZipMap(ClassLabels.of(n, "classlabels_int64s", "classlabels_strings")
                                        .table()),
                                n.in(0))),
                ml(
                        "DictVectorizer",
                        1,
                        n -> n.result(
                                new Labels.DictVectorizer(ClassLabels.of(n, "int64_vocabulary", "string_vocabulary")
                                        .table()),
                                n.in(0))));
    }

    /// The elements at some places along the last axis; a vector is one row.
    private static List<Value> columns(NodeImport n) {
        Value x = n.in(0);
        if (x.dtype() == DType.STRING) {
            return n.result(new Columns(), x, n.in(1));
        }
        Value rows = x.shape().isRanked() && x.rank() == 1 ? n.apply(new Shaping.Unsqueeze(), x, n.longs(0)) : x;
        Value places = n.apply(new Shaping.Reshape(false), n.in(1), n.longs(-1));
        return n.result(new Indexing.Gather(-1), rows, places);
    }

    private static Tensor texts(NodeImport n, String attribute) {
        String[] texts = n.texts(attribute)
                .orElseThrow(() -> new UnsupportedNodeException("attribute " + attribute + " is required"))
                .toArray(String[]::new);
        return Tensor.of(texts, texts.length);
    }

    private static Tensor indices(int count) {
        long[] indices = new long[count];
        for (int i = 0; i < count; i++) {
            indices[i] = i;
        }
        return Tensor.of(indices, count);
    }

    /// Opset 1: strings to their place in a list, or places to strings.
    private static List<Value> encoderOfClasses(NodeImport n) {
        Tensor classes = texts(n, "classes_strings");
        return n.result(between(n, classes, indices(classes.length())), n.in(0));
    }

    private static List<Value> categoryMapper(NodeImport n) {
        long[] ints = n.integers("cats_int64s")
                .orElseThrow(() -> new UnsupportedNodeException("attribute cats_int64s is required"));
        return n.result(between(n, texts(n, "cats_strings"), Tensor.of(ints, ints.length)), n.in(0));
    }

    /// From strings to integers or back, as the operand's type says.
    private static Labels.LabelEncoder between(NodeImport n, Tensor strings, Tensor ints) {
        return n.in(0).dtype() == DType.STRING
                ? Labels.LabelEncoder.of(strings, ints, Tensor.scalar(DType.I64, n.integer("default_int64", -1)))
                : Labels.LabelEncoder.of(ints, strings, Tensor.of(new String[] {n.text("default_string", "_Unused")}));
    }

    private static List<Value> encoder(NodeImport n) {
        Tensor keys = list(n, "keys");
        Tensor values = list(n, "values");
        Tensor otherwise = n.tensor("default_tensor")
                .map(t -> t.reshape(new long[0]))
                .orElseGet(() -> defaultFor(n, values.dtype()));
        return n.result(Labels.LabelEncoder.of(keys, values, otherwise), n.in(0));
    }

    /// The default of the type of the values, from the attribute of that type.
    private static Tensor defaultFor(NodeImport n, DType dtype) {
        return switch (dtype.kind()) {
            case STRING -> Tensor.of(new String[] {n.text("default_string", "_Unused")});
            case FLOAT -> Tensor.scalar(dtype, n.number("default_float", -0f));
            case SIGNED, UNSIGNED, BOOL -> Tensor.scalar(dtype, n.integer("default_int64", -1));
        };
    }

    /// Keys or values, from whichever of the attributes is there.
    private static Tensor list(NodeImport n, String what) {
        Optional<Tensor> tensor = n.tensor(what + "_tensor");
        if (tensor.isPresent()) {
            return tensor.get();
        }
        if (n.hasAttribute(what + "_strings")) {
            return texts(n, what + "_strings");
        }
        if (n.hasAttribute(what + "_floats")) {
            float[] floats = n.numbers(what + "_floats").orElseThrow();
            return Tensor.of(floats, floats.length);
        }
        long[] ints = n.integers(what + "_int64s")
                .orElseThrow(() -> new UnsupportedNodeException("the encoder has no " + what));
        return Tensor.of(ints, ints.length);
    }

    /// A new last axis with a place for each category.
    private static List<Value> oneHot(NodeImport n) {
        Value x = n.in(0);
        boolean strict = !n.flag("zeros", true);
        if (x.dtype() == DType.STRING) {
            return n.result(new Labels.OneHotCategories(texts(n, "cats_strings"), strict), x);
        }
        long[] categories = n.integers("cats_int64s")
                .orElseThrow(() -> new UnsupportedNodeException("attribute cats_int64s is required"));
        Value whole = n.apply(new Casting.Cast(DType.I64), x);
        if (strict) {
            return n.result(new Labels.OneHotCategories(Tensor.of(categories, categories.length), true), whole);
        }
        Value place = n.apply(new Shaping.Unsqueeze(), whole, n.longs(-1));
        return n.result(new Casting.Cast(DType.F32), n.apply(Logic.EQUAL, place, n.longs(categories)));
    }
}
