package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Classes, categories and dictionaries: what stands between numbers and their names, on the host.
public sealed interface Labels extends HostOp {

    /// The strings of a table, operand 1 of rank 1, at the places that operand 0 lists (i64): the label of each
    /// class index.
    record Pick() implements Labels {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(2, 2);
            in.require(0, DType.I64);
            in.require(1, DType.STRING);
            return List.of(Type.tensor(DType.STRING, in.shape(0)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor index = in.get(0).asTensor();
            Tensor table = in.get(1).asTensor();
            Tensor out = Tensor.zeros(table.dtype(), index.shape());
            for (int i = 0; i < index.length(); i++) {
                long at = index.getLong(i);
                if (at < 0 || at >= table.length()) {
                    throw new ShapeException("index " + at + " is outside a table of " + table.length());
                }
                out.elements().copy(i, table.elements(), (int) at);
            }
            return List.of(out);
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(new Pick(), Example.indices(4, 2, 3), Example.operand(DType.STRING, 4)));
        }
    }

    /// Each element replaced by the value that `positions` gives its key, an element of `values`, or by `otherwise`
    /// where it is no key. A NaN equals a NaN. ONNX-ML LabelEncoder, opset 4, and CategoryMapper, opset 1.
    ///
    /// @param positions where in `values` the value of a key is; keys are `Long`, `Double` or `String`
    /// @param otherwise a tensor of one element
    record LabelEncoder(Map<Object, Integer> positions, Tensor values, Tensor otherwise) implements Labels {
        public LabelEncoder {
            positions = Map.copyOf(positions);
            if (values.dtype() != otherwise.dtype() || otherwise.length() != 1) {
                throw new ShapeException("the default must be one element of type " + values.dtype());
            }
        }

        /// @throws ShapeException where keys and values differ in number
        public static LabelEncoder of(Tensor keys, Tensor values, Tensor otherwise) {
            if (keys.length() != values.length()) {
                throw new ShapeException(keys.length() + " keys have " + values.length() + " values");
            }
            Map<Object, Integer> positions = new HashMap<>();
            for (int i = 0; i < keys.length(); i++) {
                positions.putIfAbsent(key(keys, i), i);
            }
            return new LabelEncoder(positions, values, otherwise);
        }

        private static Object key(Tensor t, int i) {
            return switch (t.dtype().kind()) {
                case STRING -> t.getString(i);
                // + 0.0 makes −0 and 0 one key
                case FLOAT -> t.getDouble(i) + 0.0;
                case SIGNED, UNSIGNED, BOOL -> t.getLong(i);
                case COMPLEX -> t.getComplex(i);
            };
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            return List.of(Type.tensor(values.dtype(), in.shape(0)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            Tensor out = Tensor.zeros(values.dtype(), x.shape());
            for (int i = 0; i < x.length(); i++) {
                Integer at = positions.get(key(x, i));
                Elements from = at == null ? otherwise.elements() : values.elements();
                out.elements().copy(i, from, at == null ? 0 : at);
            }
            return List.of(out);
        }

        static Stream<Example> examples() {
            Tensor words = Tensor.of(new String[] {"s1", "s2", "s3"}, 3);
            Tensor numbers = Tensor.of(new float[] {1, Float.NaN, -0f}, 3);
            return Stream.of(
                    Example.of(
                            of(words, Tensor.of(new long[] {10, 20, 30}, 3), Tensor.scalar(DType.I64, -1)),
                            Example.operand(DType.STRING, 3, 2)),
                    Example.of(
                            of(numbers, words, Tensor.of(new String[] {"?"})),
                            Example.fixed(Tensor.of(new float[] {0, Float.NaN, 1, 2}, 4))
                                    .notDifferentiable()),
                    Example.of(
                            of(
                                    Tensor.of(new long[] {3}, 1),
                                    Tensor.of(new float[] {2.5f}, 1),
                                    Tensor.scalar(DType.F32, 0)),
                            Example.operand(DType.I64, 5)));
        }
    }

    /// Whether each element of a tensor is each of the categories, strings or i64 like the tensor: f32, a new
    /// last axis with one place for each. Where `strict`, an element that is no category fails the run. ONNX-ML
    /// OneHotEncoder, opset 1.
    record OneHotCategories(Tensor categories, boolean strict) implements Labels {
        @Override
        public String name() {
            return "OneHotEncoder";
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            in.require(0, categories.dtype());
            Shape x = in.shape(0);
            Shape all = x.isRanked() ? x.concat(Shape.of(categories.length())) : x;
            return List.of(Type.tensor(DType.F32, all));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            Tensor out = Tensor.zeros(DType.F32, x.shape().concat(Shape.of(categories.length())));
            Map<Object, Integer> at = new HashMap<>();
            for (int c = 0; c < categories.length(); c++) {
                at.putIfAbsent(key(categories, c), c);
            }
            for (int i = 0; i < x.length(); i++) {
                Integer c = at.get(key(x, i));
                if (c != null) {
                    out.elements().set(i * categories.length() + c, 1);
                } else if (strict) {
                    throw new ShapeException(key(x, i) + " is not one of the categories " + at.keySet());
                }
            }
            return List.of(out);
        }

        private static Object key(Tensor t, int i) {
            return t.dtype() == DType.STRING ? "\"" + t.getString(i) + "\"" : (Object) t.getLong(i);
        }

        static Stream<Example> examples() {
            Tensor words = Tensor.of(new String[] {"s0", "s3", "s5"}, 3);
            Tensor numbers = Tensor.of(new long[] {4, -1, 7}, 3);
            Tensor those = Tensor.of(new long[] {7, 7, 4, -1}, 2, 2);
            return Stream.of(
                    Example.of(new OneHotCategories(words, false), Example.operand(DType.STRING, 2, 4)),
                    Example.of(new OneHotCategories(numbers, true), Example.fixed(those)));
        }
    }

    /// A sequence of maps, one for each row of `[N,K]` f32, from K keys (i64 or strings) to the row's numbers; a
    /// vector is one row. ONNX-ML ZipMap, opset 1.
    record ZipMap(Tensor keys) implements Labels {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            in.require(0, DType.F32);
            Shape x = in.shape(0);
            if (x.isRanked() && (x.rank() == 0 || x.rank() > 2)) {
                throw new ShapeException("rows are needed, [N,K] or [K], not " + in.tensor(0));
            }
            if (x.isRanked() && x.dim(-1).isFixed() && !x.dim(-1).is(keys.length())) {
                throw new ShapeException("rows of " + in.tensor(0) + " do not fit " + keys.length() + " keys");
            }
            return List.of(new Type.SequenceType(element()));
        }

        private Type element() {
            return new Type.MapType(keys.dtype(), Type.tensor(DType.F32));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            int columns = keys.length();
            List<Datum> rows = new ArrayList<>();
            for (int at = 0; at + columns <= x.length() && columns > 0; at += columns) {
                Map<Object, Datum> row = new LinkedHashMap<>();
                for (int c = 0; c < columns; c++) {
                    Object key = keys.dtype() == DType.STRING ? keys.getString(c) : (Object) keys.getLong(c);
                    row.put(key, Tensor.scalar(DType.F32, x.getDouble(at + c)));
                }
                rows.add(new Datum.Mapping(keys.dtype(), Type.tensor(DType.F32), row));
            }
            return List.of(new Datum.Sequence(element(), rows));
        }
    }

    /// The values of a map in the order of `keys`, absent ones 0 (or empty), as `[1,K]`. ONNX-ML DictVectorizer,
    /// opset 1.
    record DictVectorizer(Tensor keys) implements Labels {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            if (!(in.type(0) instanceof Type.MapType(DType key, Type value)) || key != keys.dtype()) {
                throw new ShapeException("a map with keys of type " + keys.dtype() + " is needed, not " + in.type(0));
            }
            return List.of(Type.tensor(value.asTensor().dtype(), Shape.of(Dim.of(1), Dim.of(keys.length()))));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            if (!(in.getFirst() instanceof Datum.Mapping map)) {
                throw new ShapeException("a map is needed, not " + in.getFirst().type());
            }
            Tensor out = Tensor.zeros(map.value().asTensor().dtype(), 1, keys.length());
            for (int i = 0; i < keys.length(); i++) {
                Object key = keys.dtype() == DType.STRING ? keys.getString(i) : (Object) keys.getLong(i);
                Datum value = map.values().get(key);
                if (value != null) {
                    out.elements().copy(i, value.asTensor().elements(), 0);
                }
            }
            return List.of(out);
        }
    }
}
