package dev.quern.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.Backends;
import dev.quern.backend.DeviceTensor;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting.Cast;
import dev.quern.op.CompositePools;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.Joining.Concat;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Shaping.Flatten;
import dev.quern.op.Softmaxes.Softmax;
import dev.quern.session.DeviceRun;
import dev.quern.session.InputException;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The same models, inputs and seeds on every backend that is here; `reference` says what is right.
class BackendsAgreeTest {
    private final Random random = new Random(8);

    private Tensor numbers(long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextGaussian());
        }
        return t;
    }

    private static Backend backend(String name) {
        try {
            return Backends.prefer(name);
        } catch (BackendException absent) {
            Assumptions.abort(name + " is not here: " + absent.getMessage());
            throw absent;
        }
    }

    private Graph network() {
        GraphBuilder g = new GraphBuilder("network");
        Value x = g.input("x", Type.tensor(DType.F32, 2, 3, 9, 7));
        Value a = g.apply(Activations.SILU, g.apply(new Conv(), x, g.parameter("w", numbers(5, 3, 3, 3))));
        Value b = g.apply(Activations.RELU, g.apply(new Conv(), x, g.parameter("v", numbers(4, 3, 3, 3))));
        Value flat = g.apply(new Flatten(1), g.apply(new Concat(1), a, b));
        Value scores = g.apply(new MatMul(), flat, g.parameter("m", numbers(9 * 7 * 5, 11)));
        g.output("scores", scores);
        g.output("probabilities", g.apply(new Softmax(1), scores));
        return g.build();
    }

    private static void same(Tensor got, Tensor want) {
        assertThat(got.type()).isEqualTo(want.type());
        double scale = 1e-3;
        for (int i = 0; i < want.length(); i++) {
            scale = Math.max(scale, Math.abs(want.getDouble(i)));
        }
        for (int i = 0; i < want.length(); i++) {
            assertThat(Math.abs(got.getDouble(i) - want.getDouble(i))).isLessThanOrEqualTo(2e-6 * scale);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "opencl"})
    void aNetwork(String name) {
        Graph graph = network();
        Tensor x = numbers(2, 3, 9, 7);
        ModelOptions options = ModelOptions.defaults();
        try (Model reference = Model.of(graph, options.backend(backend("reference")));
                Model model = Model.of(graph, options.backend(backend(name)))) {
            for (int run = 0; run < 2; run++) {
                var want = reference.run(Map.of("x", x));
                model.run(Map.of("x", x))
                        .forEach((n, t) -> same(t.asTensor(), want.get(n).asTensor()));
            }
        }
    }

    /// Floats of 8 bits are for no device: the nodes between them run on another backend.
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "opencl"})
    void oneGraphOnTwoBackends(String name) {
        GraphBuilder g = new GraphBuilder("two");
        Value x = g.input("x", Type.tensor(DType.F32, 4, 4));
        Value product = g.apply(new MatMul(), x, g.parameter("w", numbers(4, 4)));
        Value small = g.apply(new Cast(DType.F8E4M3FN), product);
        Value again = g.apply(new Cast(DType.F32), small);
        g.output("y", g.apply(Activations.TANH, g.apply(Arithmetic.ADD, again, product)));
        Graph graph = g.build();
        Tensor given = numbers(4, 4);
        ModelOptions options = ModelOptions.defaults();
        try (Model reference = Model.of(graph, options.backend(backend("reference")));
                Model model = Model.of(graph, options.backend(backend(name)))) {
            assertThat(model.plan().places())
                    .hasSize(name.equals("opencl") ? 2 : 1)
                    .contains(name);
            same(model.run(given), reference.run(given));
        }
    }

    /// The mean of 49 halves is not rounded to 16 bits on its way into the softmax, whose shares would be off by
    /// 0.4 %; nor is a quotient on its way into a product. What a Cast node gives is.
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "opencl"})
    void betweenFusedOperatorsOf16BitsValuesStayF32(String name) {
        GraphBuilder g = new GraphBuilder("halves");
        Value x = g.input("x", Type.tensor(DType.F16, 1, 20, 7, 7));
        g.output("shares", g.apply(new Softmax(1), g.apply(new CompositePools.GlobalAveragePool(), x)));
        Value three = g.constant(Tensor.of(DType.F16, new double[] {3}));
        g.output("again", g.apply(Arithmetic.MUL, g.apply(Arithmetic.DIV, x, three), three));
        Value single = g.apply(new Cast(DType.F32), x);
        Value third = g.apply(Arithmetic.DIV, single, g.constant(Tensor.of(new float[] {3})));
        g.output("cast", g.apply(new Cast(DType.F32), g.apply(new Cast(DType.F16), third)));
        Tensor halves = Tensor.zeros(DType.F16, 1, 20, 7, 7);
        double[] exponentials = new double[20];
        for (int i = 0; i < halves.length(); i++) {
            halves.elements().set(i, 12 + random.nextGaussian());
        }
        for (int c = 0; c < 20; c++) {
            double sum = 0;
            for (int i = 0; i < 49; i++) {
                sum += halves.getDouble(49 * c + i);
            }
            exponentials[c] = Math.exp(sum / 49 - 12);
        }
        double all = Arrays.stream(exponentials).sum();
        try (Model model = Model.of(g.build(), ModelOptions.defaults().backend(backend(name)))) {
            var got = model.run(Map.of("x", halves));
            assertThat(got.get("again").asTensor().sameAs(halves)).isTrue();
            Tensor cast = got.get("cast").asTensor();
            for (int i = 0; i < halves.length(); i++) {
                assertThat(cast.getDouble(i)).isEqualTo(Conversion.round(DType.F16, (float) halves.getDouble(i) / 3f));
            }
            Tensor shares = got.get("shares").asTensor();
            for (int c = 0; c < 20; c++) {
                double want = exponentials[c] / all;
                assertThat(Math.abs(shares.getDouble(c) - want)).isLessThanOrEqualTo(want * 0x1.1p-11);
            }
        }
    }

    /// A state that is fed back ten times without leaving the device.
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "opencl"})
    void tensorsThatStay(String name) {
        GraphBuilder g = new GraphBuilder("state");
        Type type = Type.tensor(DType.F32, 5, 5);
        Value state = g.input("state", type);
        Value next = g.apply(Activations.TANH, g.apply(new MatMul(), state, g.parameter("w", numbers(5, 5))));
        g.output("next", next);
        g.output("given", g.apply(new Flatten(0), state));
        Graph graph = g.build();
        Tensor first = numbers(5, 5);
        Backend backend = backend(name);
        try (Model model = Model.of(graph, ModelOptions.defaults().backend(backend));
                DeviceTensor a = backend.allocate(type.asTensor());
                DeviceTensor b = backend.allocate(type.asTensor());
                DeviceTensor seen =
                        backend.allocate(Type.tensor(DType.F32, 1, 25).asTensor())) {
            a.write(first);
            DeviceRun forth = model.bindOnDevice(Map.of("state", a), Map.of("next", b, "given", seen));
            DeviceRun back = model.bindOnDevice(Map.of("state", b), Map.of("next", a, "given", seen));
            Tensor want = first;
            for (int i = 0; i < 10; i++) {
                (i % 2 == 0 ? forth : back).run();
                same(seen.read(), want.reshape(1, 25));
                want = model.run(Map.of("state", want)).get("next").asTensor();
                same((i % 2 == 0 ? b : a).read(), want);
            }
            assertThatThrownBy(() -> model.bindOnDevice(Map.of("state", a), Map.of("next", a, "given", seen)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("place of its own");
            assertThatThrownBy(() -> model.bindOnDevice(Map.of("state", a), Map.of("next", b)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("\"given\" is missing");
        }
    }
}
