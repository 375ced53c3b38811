package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.op.ArgReduce;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.Formula;
import dev.quern.op.Generators;
import dev.quern.op.Logic;
import dev.quern.op.Passing;
import dev.quern.op.RandomDropout;
import dev.quern.op.Randoms;
import dev.quern.op.Strings;
import dev.quern.op.Windows;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// Constants, ranges, random numbers, identities and casts.
final class GeneratorRows {
    private GeneratorRows() {}

    static List<Row> rows() {
        return List.of(
                row("Constant", 1, GeneratorRows::constant),
                row(
                                "ConstantOfShape",
                                9,
                                n -> n.result(
                                        new Generators.ConstantOfShape(
                                                n.tensor("value").orElseGet(() -> Tensor.of(new float[1], 1))),
                                        n.in(0)))
                        .writes(
                                Generators.ConstantOfShape.class,
                                (op, n) -> n.tensor("value", op.value().reshape(1))),
                row("Range", 11, new Generators.Range()),
                row(
                                "EyeLike",
                                9,
                                n -> n.result(
                                        new Generators.EyeLike(
                                                n.dtype("dtype")
                                                        .orElseGet(() -> n.in(0).dtype()),
                                                (int) n.integer("k", 0)),
                                        n.in(0)))
                        .writes(
                                Generators.EyeLike.class,
                                (op, n) -> n.dtype("dtype", op.dtype()).integer("k", op.k())),
                row("OneHot", 9, n -> n.result(new Generators.OneHot((int) n.integer("axis", -1)), n.all()))
                        .writes(Generators.OneHot.class, (op, n) -> n.integer("axis", op.axis())),
                row("Trilu", 14, GeneratorRows::triangle)
                        .writes(Generators.Trilu.class, (op, n) -> n.flag("upper", op.upper())),
                Row.microsoft("Trilu", GeneratorRows::triangle),
                row("HannWindow", 17, n -> window(n, Windows.Form.HANN)).writes(Windows.class, GeneratorRows::window),
                row("HammingWindow", 17, n -> window(n, Windows.Form.HAMMING))
                        .writes(Windows.class, GeneratorRows::window),
                row("BlackmanWindow", 17, n -> window(n, Windows.Form.BLACKMAN))
                        .writes(Windows.class, GeneratorRows::window),
                row("RandomUniform", 1, n -> random(n, uniform(n))).writes(Randoms.Random.class, GeneratorRows::random),
                row("RandomNormal", 1, n -> random(n, normal(n))).writes(Randoms.Random.class, GeneratorRows::random),
                row("RandomUniformLike", 1, n -> randomLike(n, uniform(n)))
                        .writes(Randoms.RandomLike.class, GeneratorRows::randomLike),
                row("RandomNormalLike", 1, n -> randomLike(n, normal(n)))
                        .writes(Randoms.RandomLike.class, GeneratorRows::randomLike),
                row(
                                "Bernoulli",
                                15,
                                n -> n.result(
                                        new Randoms.Bernoulli(
                                                n.dtype("dtype")
                                                        .orElseGet(() -> n.in(0).dtype()),
                                                seed(n)),
                                        n.in(0)))
                        .writes(
                                Randoms.Bernoulli.class,
                                (op, n) -> n.dtype("dtype", op.dtype()).number("seed", seed(op.seed()))),
                row("Multinomial", 7, GeneratorRows::multinomial),
                row("Identity", 1, n -> isTensor(n) ? n.result(new Passing.Identity(), n.in(0)) : n.all())
                        .writes(new Passing.Identity()),
                row("Dropout", 1, GeneratorRows::dropoutWithNumbers)
                        .writes(Passing.Dropout.class, (op, n) -> n.number("ratio", op.ratio())),
                row("Dropout", 10, n -> n.result(inference(n), n.in(0)))
                        .writes(Passing.Dropout.class, (op, n) -> n.number("ratio", op.ratio())),
                row("Dropout", 12, GeneratorRows::dropout)
                        .writes(
                                Passing.Dropout.class,
                                (op, n) -> n.operands(n.in(0), n.constant(Tensor.scalar(DType.F32, op.ratio())))
                                        .integer("seed", op.seed())),
                row("Equal", 19, GeneratorRows::equal).writes(Logic.EQUAL).writes(new Strings.EqualStrings()));
    }

    private static List<Value> triangle(NodeImport n) {
        return n.result(new Generators.Trilu(n.flag("upper", true)), n.all());
    }

    private static boolean isTensor(NodeImport n) {
        return n.in(0).type() instanceof dev.quern.tensor.Type.TensorType;
    }

    /// Arrays of floats are parameters as initializers are, so that they can be trained; they go by the name of the
    /// result.
    private static List<Value> constant(NodeImport n) {
        Tensor t = literal(n);
        boolean weights = t.dtype().isFloat() && t.length() > 1 && !n.isScale();
        return List.of(weights ? n.result(t) : n.constant(t));
    }

    static boolean isConstant(NodeProto proto) {
        return proto.domain().isEmpty() && proto.opType().equals("Constant");
    }

    private static Tensor literal(NodeImport n) {
        Optional<Tensor> tensor = n.tensor("value").or(() -> n.tensor("sparse_value"));
        if (tensor.isPresent()) {
            return tensor.get();
        }
        if (n.hasAttribute("value_float")) {
            return Tensor.scalar(DType.F32, n.number("value_float", 0));
        }
        if (n.hasAttribute("value_int")) {
            return Tensor.scalar(DType.I64, n.integer("value_int", 0));
        }
        if (n.hasAttribute("value_string")) {
            return Tensor.of(new String[] {n.text("value_string", "")});
        }
        if (n.hasAttribute("value_floats")) {
            float[] values = n.numbers("value_floats").orElseThrow();
            return Tensor.of(values, values.length);
        }
        if (n.hasAttribute("value_ints")) {
            long[] values = n.integers("value_ints").orElseThrow();
            return Tensor.of(values, values.length);
        }
        if (n.hasAttribute("value_strings")) {
            String[] values = n.texts("value_strings").orElseThrow().toArray(String[]::new);
            return Tensor.of(values, values.length);
        }
        throw new UnsupportedNodeException("the constant has no value of a known kind");
    }

    private static List<Value> window(NodeImport n, Windows.Form form) {
        DType dtype = n.dtype("output_datatype").orElse(DType.F32);
        return n.result(new Windows(form, n.flag("periodic", true), dtype), n.in(0));
    }

    private static void window(Windows op, NodeExport n) {
        n.dtype("output_datatype", op.dtype()).flag("periodic", op.periodic());
    }

    private static void random(Randoms.Random op, NodeExport n) {
        n.dtype("dtype", op.dtype()).integers("shape", op.shape().extents()).number("seed", seed(op.seed()));
        distribution(op.distribution(), n);
    }

    private static void randomLike(Randoms.RandomLike op, NodeExport n) {
        n.dtype("dtype", op.dtype()).number("seed", seed(op.seed()));
        distribution(op.distribution(), n);
    }

    private static void distribution(Randoms.Distribution distribution, NodeExport n) {
        switch (distribution) {
            case Randoms.Uniform(double low, double high) ->
                n.number("low", low).number("high", high);
            case Randoms.Normal(double mean, double scale) ->
                n.number("mean", mean).number("scale", scale);
        }
    }

    /// The float that is read as this seed.
    private static float seed(long seed) {
        return Float.intBitsToFloat((int) seed);
    }

    /// Whether some float is read as this seed.
    static boolean isFloat(long seed) {
        return Float.floatToIntBits(seed(seed)) == seed;
    }

    /// The seed in the file, or one that follows from the node, so that a model gives the same numbers each
    /// time.
    private static long seed(NodeImport n) {
        return n.optionalNumber("seed").map(s -> (long) Float.floatToIntBits(s)).orElseGet(() ->
                (long) n.builder().origins().hashCode());
    }

    /// Dropout's seed is an integer, those of the other operators are floats.
    private static long dropoutSeed(NodeImport n) {
        return n.optionalInteger("seed")
                .orElseGet(() -> (long) n.builder().origins().hashCode());
    }

    /// Classes `[N,samples]` by the unnormalised logarithms of their probabilities `[N,classes]`: to each is added
    /// a number of Gumbel's distribution, and the greatest sum wins (Maddison et al., 2014).
    private static List<Value> multinomial(NodeImport n) {
        Formula f = new Formula(n.builder());
        long samples = n.integer("sample_size", 1);
        Value logits = f.unsqueeze(f.cast(n.in(0), DType.F32), 1);
        Value each = f.expand(logits, n.longs(1, samples, 1));
        Value number = n.apply(new Randoms.RandomLike(DType.F32, new Randoms.Uniform(0, 1), seed(n)), each);
        Value gumbel = n.apply(Arithmetic.NEG, n.apply(Arithmetic.LOG, minusLog(n, number)));
        Value drawn = n.apply(new ArgReduce(true, 2, false, false), f.add(each, gumbel));
        return List.of(f.cast(drawn, n.dtype("dtype").orElse(DType.I32)));
    }

    private static Value minusLog(NodeImport n, Value x) {
        return n.apply(Arithmetic.NEG, n.apply(Arithmetic.LOG, x));
    }

    private static Randoms.Uniform uniform(NodeImport n) {
        return new Randoms.Uniform(n.number("low", 0), n.number("high", 1));
    }

    private static Randoms.Normal normal(NodeImport n) {
        return new Randoms.Normal(n.number("mean", 0), n.number("scale", 1));
    }

    private static List<Value> random(NodeImport n, Randoms.Distribution distribution) {
        Shape shape = Shape.of(n.integers("shape").orElseThrow(() -> new UnsupportedNodeException("no shape")));
        return n.result(new Randoms.Random(n.dtype("dtype").orElse(DType.F32), shape, distribution, seed(n)));
    }

    private static List<Value> randomLike(NodeImport n, Randoms.Distribution distribution) {
        DType dtype = n.dtype("dtype").orElseGet(() -> n.in(0).dtype());
        return n.result(new Randoms.RandomLike(dtype, distribution, seed(n)), n.in(0));
    }

    private static Passing.Dropout inference(NodeImport n) {
        return new Passing.Dropout(n.number("ratio", 0.5f), dropoutSeed(n));
    }

    /// Before opset 10 the mask had the type of the operand.
    private static List<Value> dropoutWithNumbers(NodeImport n) {
        List<Value> y = n.result(inference(n), n.in(0));
        return n.wants(1)
                ? List.of(y.getFirst(), n.apply(new Casting.Cast(n.in(0).dtype()), y.getLast()))
                : y;
    }

    /// From opset 12 on, ratio and mode are operands; a constant `true` asks for random zeros even in inference.
    private static List<Value> dropout(NodeImport n) {
        Optional<Tensor> mode = n.has(2) ? n.in(2).constant() : Optional.of(Tensor.scalar(DType.BOOL, 0));
        Optional<Tensor> rate = n.has(1) ? n.in(1).constant() : Optional.of(Tensor.scalar(DType.F32, 0.5));
        boolean isOff = mode.isPresent() && mode.get().getLong(0) == 0;
        if (isOff) {
            double ratio = rate.map(t -> t.getDouble(0)).orElse(0.5);
            return n.result(new Passing.Dropout(ratio, dropoutSeed(n)), n.in(0));
        }
        if (mode.isEmpty() || rate.isEmpty()) {
            return dropoutAsAsked(n);
        }
        double ratio = rate.get().getDouble(0);
        Value step = n.scalar(DType.I64, 0);
        Value mask = n.apply(new RandomDropout.Mask(ratio, dropoutSeed(n)), n.in(0), step);
        return List.of(
                n.result(new RandomDropout.Masked(ratio, dropoutSeed(n)), n.in(0), step)
                        .getFirst(),
                mask);
    }

    /// Dropout whose mode or ratio is known only when it runs: elements are kept where a number from 0 to 1 is not
    /// below the ratio, and scaled by what that leaves of them.
    private static List<Value> dropoutAsAsked(NodeImport n) {
        Value x = n.in(0);
        Value mode = n.in(2);
        Value ratio = n.apply(new Casting.Cast(DType.F32), n.in(1, Tensor.scalar(DType.F32, 0.5)));
        Value number = n.apply(new Randoms.RandomLike(DType.F32, new Randoms.Uniform(0, 1), dropoutSeed(n)), x);
        Value drawn = n.apply(Logic.GREATER_OR_EQUAL, number, ratio);
        Value kept = n.apply(Logic.OR, drawn, n.apply(Logic.NOT, mode));
        Value one = n.scalar(DType.F32, 1);
        Value share = n.apply(Logic.WHERE, mode, n.apply(Arithmetic.SUB, one, ratio), one);
        Value scaled = n.apply(Arithmetic.DIV, x, n.apply(new Casting.Cast(x.dtype()), share));
        Value y = n.result(Logic.WHERE, kept, scaled, n.scalar(x.dtype(), 0)).getFirst();
        return List.of(y, kept);
    }

    private static List<Value> equal(NodeImport n) {
        return n.in(0).dtype() == DType.STRING
                ? n.result(new Strings.EqualStrings(), n.all())
                : n.result(Logic.EQUAL, n.all());
    }
}
