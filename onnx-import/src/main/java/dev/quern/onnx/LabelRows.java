package dev.quern.onnx;

import static dev.quern.onnx.Row.ml;

import dev.quern.graph.Value;
import dev.quern.op.CastMap;
import dev.quern.op.Casting;
import dev.quern.op.Columns;
import dev.quern.op.Indexing;
import dev.quern.op.Labels;
import dev.quern.op.Logic;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// ONNX-ML's operators on categories, dictionaries and labels.
final class LabelRows {
    private LabelRows() {}

    static List<Row> rows() {
        return List.of(
                ml("LabelEncoder", 1, LabelRows::encoderOfClasses)
                        .writes(Labels.LabelEncoder.class, LabelRows::encoderOfClasses),
                ml("LabelEncoder", 2, LabelRows::encoder).writes(Labels.LabelEncoder.class, LabelRows::encoder),
                ml("CategoryMapper", 1, LabelRows::categoryMapper),
                ml("OneHotEncoder", 1, LabelRows::oneHot)
                        .writes(
                                Labels.OneHotCategories.class,
                                (op, n) -> table(
                                        n.flag("zeros", !op.strict()), "cats_int64s", "cats_strings", op.categories())),
                ml("ArrayFeatureExtractor", 1, LabelRows::columns).writes(new Columns()),
                ml(
                                "ZipMap",
                                1,
                                n -> n.result(
                                        new Labels.ZipMap(ClassLabels.of(n, "classlabels_int64s", "classlabels_strings")
                                                .table()),
                                        n.in(0)))
                        .writes(Labels.ZipMap.class, (op, n) -> list(n, "classlabels", op.keys())),
                ml("CastMap", 1, LabelRows::castMap).writes(CastMap.class, LabelRows::castMap),
                ml(
                                "DictVectorizer",
                                1,
                                n -> n.result(
                                        new Labels.DictVectorizer(
                                                ClassLabels.of(n, "int64_vocabulary", "string_vocabulary")
                                                        .table()),
                                        n.in(0)))
                        .writes(
                                Labels.DictVectorizer.class,
                                (op, n) -> table(n, "int64_vocabulary", "string_vocabulary", op.keys())));
    }

    private static List<Value> castMap(NodeImport n) {
        DType to = switch (n.text("cast_to", "TO_FLOAT")) {
            case "TO_FLOAT" -> DType.F32;
            case "TO_STRING" -> DType.STRING;
            case "TO_INT64" -> DType.I64;
            default ->
                throw new UnsupportedNodeException(
                        "cast_to must be TO_FLOAT, TO_STRING or TO_INT64, not " + n.text("cast_to", ""));
        };
        boolean sparse = n.text("map_form", "DENSE").equals("SPARSE");
        OptionalInt size = sparse ? OptionalInt.of((int) n.integer("max_map", 1)) : OptionalInt.empty();
        return n.result(new CastMap(to, size), n.in(0));
    }

    private static void castMap(CastMap op, NodeExport n) {
        String type = op.to() == DType.F32 ? "FLOAT" : op.to() == DType.I64 ? "INT64" : "STRING";
        n.text("cast_to", "TO_" + type);
        if (op.size().isPresent()) {
            n.text("map_form", "SPARSE").integer("max_map", op.size().getAsInt());
        }
    }

    /// Integers or strings, in the attribute of their type.
    private static void table(NodeExport n, String ints, String strings, Tensor values) {
        if (values.dtype() == DType.STRING) {
            n.texts(strings, List.of(values.toStrings()));
        } else {
            n.integers(ints, values.toLongs());
        }
    }

    /// A list of integers, floats or strings, in the attribute of its type; other types as a tensor.
    private static void list(NodeExport n, String what, Tensor values) {
        switch (values.dtype()) {
            case STRING -> n.texts(what + "_strings", List.of(values.toStrings()));
            case F32 -> n.numbers(what + "_floats", values.toFloats());
            case I64 -> n.integers(what + "_int64s", values.toLongs());
            default -> n.tensor(what + "_tensor", values);
        }
    }

    private static void encoder(Labels.LabelEncoder op, NodeExport n) {
        List<Map.Entry<Object, Integer>> entries = List.copyOf(op.positions().entrySet());
        int count = entries.size();
        DType of = n.in(0).dtype();
        Tensor keys = Tensor.zeros(of, count);
        Tensor values = Tensor.zeros(op.values().dtype(), count);
        for (int i = 0; i < count; i++) {
            switch (entries.get(i).getKey()) {
                case String s -> keys.elements().set(i, s);
                case Long l -> keys.elements().set(i, l);
                case Double d -> keys.elements().set(i, d);
                case Object other -> throw n.unwritable("a key is of type " + other.getClass());
            }
            values.elements().copy(i, op.values().elements(), entries.get(i).getValue());
        }
        list(n, "keys", keys);
        list(n, "values", values);
        switch (values.dtype()) {
            case STRING -> n.text("default_string", op.otherwise().getString(0));
            case F32 -> n.number("default_float", op.otherwise().getDouble(0));
            case I64 -> n.integer("default_int64", op.otherwise().getLong(0));
            default -> n.tensor("default_tensor", op.otherwise().reshape(1));
        }
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

    private static void encoderOfClasses(Labels.LabelEncoder op, NodeExport n) {
        boolean fromText = n.in(0).dtype() == DType.STRING && op.values().dtype() == DType.I64;
        if (!fromText && (n.in(0).dtype() != DType.I64 || op.values().dtype() != DType.STRING)) {
            throw n.unwritable("its LabelEncoder knows strings and their places only");
        }
        String[] classes = new String[op.positions().size()];
        op.positions().forEach((key, at) -> {
            long place = fromText ? op.values().getLong(at) : (Long) key;
            if (place < 0 || place >= classes.length) {
                throw n.unwritable("its LabelEncoder knows places from 0 on only, not " + place);
            }
            classes[(int) place] = fromText ? (String) key : op.values().getString(at);
        });
        if (Arrays.asList(classes).contains(null)) {
            throw n.unwritable("its LabelEncoder knows one string for each place");
        }
        n.texts("classes_strings", List.of(classes));
        if (fromText) {
            n.integer("default_int64", op.otherwise().getLong(0));
        } else {
            n.text("default_string", op.otherwise().getString(0));
        }
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
            case COMPLEX -> throw new UnsupportedNodeException("complex numbers are no labels");
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
