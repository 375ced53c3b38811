package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.Backend;
import dev.quern.backend.CancelledException;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.cpu.parts.PartByPart;
import dev.quern.cpu.parts.Parts;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging.Transpose;
import dev.quern.op.Convolutions.Conv;
import dev.quern.op.Joining.Concat;
import dev.quern.op.Pools.MaxPool;
import dev.quern.op.Products;
import dev.quern.op.Reduce;
import dev.quern.op.Sliding;
import dev.quern.op.Sliding.AutoPad;
import dev.quern.op.Softmaxes.Softmax;
import dev.quern.op.Sorting.TopK;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Stretches that go part by part give the bits of the whole batch, and stop where images depend on each other.
class PartByPartTest {
    /// By which everything that can be divided is.
    private static final PartByPart.Costs EAGER = new PartByPart.Costs(1, 0, 0);

    private static final PartByPart.Costs NEVER = new PartByPart.Costs(Long.MAX_VALUE, 0, 0);
    private static final int CHANNELS = 8;
    private static final int EXTENT = 12;
    private static final Tier FASTEST = Tier.MACHINE.obstacle().isEmpty() ? Tier.MACHINE : Tier.VECTOR;

    private static final CpuBackend WHOLE = new CpuBackend(FASTEST, 2, true, NEVER);
    private static final CpuBackend DIVIDED = new CpuBackend(FASTEST, 2, true, EAGER);
    private static final CpuBackend PLAIN = new CpuBackend(Tier.PLAIN, 2, false, EAGER);

    @AfterAll
    static void close() {
        Stream.of(WHOLE, DIVIDED, PLAIN).forEach(CpuBackend::close);
    }

    private static Tensor random(Random random, long... extents) {
        return KernelRun.random(random, DType.F32, extents);
    }

    private static Graph graph(BiConsumer<GraphBuilder, Value> body, Dim batch) {
        GraphBuilder g = new GraphBuilder("images");
        Shape shape = Shape.of(batch, Dim.of(CHANNELS), Dim.of(EXTENT), Dim.of(EXTENT));
        body.accept(g, g.input("x", Type.tensor(DType.F32, shape)));
        return g.build();
    }

    private static Sliding same(int stride) {
        return new Sliding(AutoPad.SAME_UPPER, List.of(), List.of(stride, stride), List.of());
    }

    private static Value convolution(GraphBuilder g, Random r, Value x, int taps, int group) {
        Tensor weights = random(r, CHANNELS, CHANNELS / group, taps, taps);
        return g.apply(new Conv(same(1), group), x, g.constant(weights), g.constant(random(r, CHANNELS)));
    }

    /// Half of the channels of two values.
    private static Value joined(GraphBuilder g, Random r, Value a, Value b) {
        Value both = g.apply(new Concat(1), a, b);
        return g.apply(new Conv(same(1), 1), both, g.constant(random(r, CHANNELS, 2 * CHANNELS, 1, 1)));
    }

    /// What an image computes from itself.
    private static Value ofEachImage(GraphBuilder g, Random r, Value a, Value b) {
        return switch (r.nextInt(9)) {
            case 0 -> convolution(g, r, a, 3, 1);
            case 1 -> convolution(g, r, a, 3, CHANNELS);
            case 2 -> convolution(g, r, a, 1, 1);
            case 3 -> g.apply(new MaxPool(same(1), List.of(3, 3)), a);
            case 4 -> g.apply(Activations.RELU, g.apply(Arithmetic.ADD, a, b));
            case 5 -> joined(g, r, a, b);
            case 6 ->
                g.apply(
                        Arithmetic.MUL,
                        a,
                        g.apply(Activations.SIGMOID, g.apply(new Reduce(Reduce.Kind.MEAN, true), b, g.longs(2, 3))));
            case 7 -> g.apply(new Softmax(3), a);
            default -> g.apply(new Products.MatMul(), a, g.constant(random(r, EXTENT, EXTENT)));
        };
    }

    /// What mixes images, of the same shape.
    private static Value ofAllImages(GraphBuilder g, Random r, Value a) {
        return switch (r.nextInt(3)) {
            case 0 -> g.apply(new Softmax(0), a);
            case 1 -> g.apply(Arithmetic.SUB, a, g.apply(new Reduce(Reduce.Kind.MEAN, true), a, g.longs(0)));
            default -> g.apply(Arithmetic.ADD, a, g.apply(new Reduce(Reduce.Kind.MAX, true), a, g.longs(0, 1)));
        };
    }

    private static Graph random(long seed, Dim batch, boolean mixes) {
        Random r = new Random(seed);
        return graph(
                (g, x) -> {
                    List<Value> values = new ArrayList<>(List.of(x));
                    while (values.size() < 14) {
                        Value a = values.get(values.size() - 1 - r.nextInt(Math.min(3, values.size())));
                        Value b = values.get(r.nextInt(values.size()));
                        boolean apart = !mixes || values.size() % 5 != 0;
                        values.add(apart ? ofEachImage(g, r, a, b) : ofAllImages(g, r, a));
                    }
                    g.output("last", values.getLast());
                    g.output("inner", values.get(9));
                },
                batch);
    }

    private static Model model(Graph graph, CpuBackend backend, int threads) {
        return Model.of(graph, ModelOptions.defaults().backend(backend).threads(threads));
    }

    private static List<Parts> parts(Graph graph, int batch, int threads) {
        try (Model model = model(graph, WHOLE, threads)) {
            Program program = model.program(Map.of("x", new long[] {batch, CHANNELS, EXTENT, EXTENT}))
                    .orElseThrow();
            return PartByPart.in(program, threads, EAGER, RunControl.NONE).steps().stream()
                    .flatMap(s -> s.kernel() instanceof Kernel.Native n && n.op() instanceof Parts p
                            ? Stream.of(p)
                            : Stream.empty())
                    .toList();
        }
    }

    private static void hasTheBitsOfTheWhole(Graph graph, CpuBackend backend, int batch, int threads) {
        Tensor x = random(new Random(batch), batch, CHANNELS, EXTENT, EXTENT);
        try (Model whole = model(graph, WHOLE, 1);
                Model divided = model(graph, backend, threads)) {
            var expected = whole.run(Map.of("x", x));
            for (int run = 0; run < 2; run++) {
                divided.run(Map.of("x", x))
                        .forEach((name, result) -> assertThat(result.asTensor()
                                        .sameAs(expected.get(name).asTensor()))
                                .as("%s of%n%s", name, graph)
                                .isTrue());
            }
        }
    }

    static List<Long> seeds() {
        return new Random(23).longs(12).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void imagesApart(long seed) {
        Graph graph = random(seed, Dim.symbol("N"), false);

        assertThat(parts(graph, 8, 1)).isNotEmpty();
        hasTheBitsOfTheWhole(graph, DIVIDED, 8, 1);
        hasTheBitsOfTheWhole(graph, DIVIDED, 7, 2);
        hasTheBitsOfTheWhole(random(seed, Dim.of(4), false), DIVIDED, 4, 2);
        hasTheBitsOfTheWhole(graph, PLAIN, 3, 2);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void imagesThatDependOnEachOther(long seed) {
        Graph graph = random(seed, Dim.symbol("N"), true);

        hasTheBitsOfTheWhole(graph, DIVIDED, 8, 1);
        hasTheBitsOfTheWhole(graph, DIVIDED, 6, 2);
    }

    /// The mean over the batch is in no stretch, what is before and behind it is.
    @Test
    void stretchesEndWhereImagesMeet() {
        Random r = new Random(5);
        Graph graph = graph(
                (g, x) -> {
                    Value before = convolution(g, r, g.apply(Activations.TANH, convolution(g, r, x, 3, 1)), 3, 1);
                    Value mean = g.apply(new Reduce(Reduce.Kind.MEAN, true), before, g.longs(0));
                    Value apart = g.apply(Arithmetic.SUB, before, mean);
                    g.output("y", convolution(g, r, convolution(g, r, apart, 3, 1), 3, 1));
                },
                Dim.of(8));

        List<Parts> parts = parts(graph, 8, 1);

        assertThat(parts).hasSize(2);
        assertThat(parts.stream().flatMap(p -> p.whole().stream())).noneMatch(s -> s.kernel() instanceof Kernel.Reduce);
        hasTheBitsOfTheWhole(graph, DIVIDED, 8, 2);
    }

    /// A product whose both sides are images reads all of one of them for each of the other.
    @Test
    void productOfAllImagesWithAllImages() {
        GraphBuilder g = new GraphBuilder("similarities");
        Value x = g.apply(Activations.TANH, g.input("x", Type.tensor(DType.F32, 8, 30)));
        Value y = g.apply(new Products.MatMul(), x, g.apply(new Transpose(List.of(1, 0)), x));
        g.output("y", g.apply(Activations.RELU, y));
        Graph graph = g.build();
        Tensor rows = random(new Random(2), 8, 30);
        try (Model whole = model(graph, WHOLE, 1);
                Model divided = model(graph, DIVIDED, 1)) {
            assertThat(divided.run(rows).sameAs(whole.run(rows))).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 1", "8, 2", "7, 2"})
    void profileTellsOfEachStepOnce(int batch, int threads) {
        Graph graph = random(3, Dim.symbol("N"), false);
        List<Program.Step> told = new ArrayList<>();
        List<Program.Step> toldOfWhole = new ArrayList<>();
        Map<String, Tensor> inputs = Map.of("x", random(new Random(1), batch, CHANNELS, EXTENT, EXTENT));
        try (Model whole = model(graph, WHOLE, threads);
                Model divided = model(graph, DIVIDED, threads)) {
            whole.profile(inputs, (step, nanos) -> toldOfWhole.add(step));
            divided.profile(inputs, (step, nanos) -> {
                assertThat(nanos).isNotNegative();
                told.add(step);
            });
        }
        assertThat(told.stream().map(Program.Step::name))
                .isEqualTo(toldOfWhole.stream().map(Program.Step::name).toList());
    }

    /// Whenever it is asked to.
    @Test
    void stopsBetweenAndWithinParts() {
        Graph graph = random(3, Dim.symbol("N"), false);
        Tensor x = random(new Random(1), 6, CHANNELS, EXTENT, EXTENT);
        try (Model model = model(graph, WHOLE, 1)) {
            Program program = model.program(Map.of("x", x.shape().extents())).orElseThrow();
            try (Executable executable = DIVIDED.compile(program, new Backend.Settings(1))) {
                Executable.Frame frame = executable.newFrame();
                AtomicInteger polls = new AtomicInteger();
                List<Tensor> expected = results(program);
                executable.run(frame, List.of(x), expected, counting(polls, Integer.MAX_VALUE));
                int all = polls.get();
                assertThat(all).isGreaterThan(6 * 5);
                for (int last = 0; last < all / 2; last += 7) {
                    RunControl control = counting(new AtomicInteger(), last);
                    assertThatThrownBy(() -> executable.run(frame, List.of(x), results(program), control))
                            .isInstanceOf(CancelledException.class);
                }
                List<Tensor> after = results(program);
                executable.run(frame, List.of(x), after, RunControl.NONE);
                assertThat(after.getFirst().sameAs(expected.getFirst())).isTrue();
            }
        }
    }

    private static RunControl counting(AtomicInteger polls, int last) {
        return () -> polls.getAndIncrement() >= last;
    }

    private static List<Tensor> results(Program program) {
        return program.outputs().stream()
                .map(v -> Tensor.zeros(v.dtype(), Shape.of(v.dims())))
                .toList();
    }

    /// An error is that of the step it happens in.
    @ParameterizedTest
    @CsvSource({"1", "2"})
    void failureNamesTheStep(int threads) {
        GraphBuilder g = new GraphBuilder("quotients");
        Value x = g.input("x", Type.tensor(DType.I32, 8, 30));
        Value sums = g.apply(new Reduce(Reduce.Kind.SUM, true), x, g.longs(1));
        Value sorted = g.apply(new TopK(1, true), List.of(x, g.longs(5))).getFirst();
        g.output("y", g.apply(Arithmetic.DIV, sorted, sums));
        int[] elements = new int[8 * 30];
        Arrays.fill(elements, 0, 6 * 30, 1);
        try (Model model = model(g.build(), DIVIDED, threads)) {
            assertThatThrownBy(() -> model.run(Tensor.of(elements, 8, 30)))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("Div")
                    .hasMessageContaining("zero");
        }
    }
}
