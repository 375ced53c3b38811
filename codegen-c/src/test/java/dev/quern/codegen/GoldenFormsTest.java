package dev.quern.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.ProductPrecision;
import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The fast forms whole, vectors and the scalar ends of rows and tiles, for CPUs and GPUs: extents that no tile, vector
/// or group divides. [GoldenKindsTest] has the plain form of every kind.
class GoldenFormsTest {
    private static final Expr X = Expr.arg(0, DType.F32);
    private static final Expr Y = Expr.arg(1, DType.F32);

    private static final List<Buffer> BUFFERS = List.of(
            new Buffer(DType.F32, 8192, new Buffer.Input(0)),
            new Buffer(DType.F32, 8192, new Buffer.Input(1)),
            new Buffer(DType.F32, 8192, new Buffer.Output(0)),
            new Buffer(DType.F32, 8192, new Buffer.Input(2)),
            new Buffer(DType.F32, 8192, new Buffer.Output(1)));

    /// @param name of the file
    record Form(String name, Kernel kernel) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static View in(int... dims) {
        return view(0, dims);
    }

    private static View view(int buffer, int... dims) {
        return View.dense(buffer, DType.F32, dims);
    }

    static Stream<Form> forms() {
        View bias = view(3, 35).expand(70, 35);
        Expr relu = X.plus(Y).max(0);
        return Stream.of(
                new Form(
                        "Map-of-rows",
                        new Kernel.Map(
                                List.of(in(70, 35), bias), List.of(X.plus(Y).sigmoid()), List.of(view(2, 70, 35)))),
                new Form(
                        "Reduce-of-rows",
                        new Kernel.Reduce(
                                List.of(in(7, 99)), 1, X, Reducer.SUM, List.of(), List.of(X), List.of(view(2, 7)))),
                new Form(
                        "Reduce-of-softmax-states",
                        new Kernel.Reduce(
                                List.of(in(7, 99)),
                                1,
                                X,
                                Reducer.MAX_SUM_EXP,
                                List.of(),
                                List.of(X, Y),
                                List.of(view(2, 7), view(4, 7)))),
                new Form(
                        "Contract-in-tiles",
                        new Kernel.Contract(
                                in(70, 19),
                                view(1, 19, 35),
                                null,
                                null,
                                DType.F32,
                                List.of(bias),
                                relu,
                                view(2, 70, 35))),
                new Form("Convolve-in-tiles", convolution(19, 5, 3, 1, 1, 35)),
                new Form("Convolve-1x1", convolution(19, 5, 1, 0, 1, 35)),
                new Form("Convolve-by-channel", convolution(19, 5, 3, 1, 19, 19)));
    }

    /// Of one image of `channels` × 9 × `width`.
    private static Kernel convolution(int channels, int width, int taps, int pad, int groups, int results) {
        return new Kernel.Convolve(
                in(1, channels, 9, width),
                view(1, results, channels / groups, taps, taps),
                null,
                null,
                new Kernel.Geometry(
                        List.of(1, 1), List.of(1, 1), List.of(pad, pad), List.of(pad, pad), List.of(1, 1), groups, 1),
                DType.F32,
                List.of(),
                X.max(0),
                view(2, 1, results, 9, width));
    }

    @ParameterizedTest
    @MethodSource("forms")
    void textOfAForm(Form form) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Target target : List.of(Target.CPU, Target.GPU)) {
            text.append("// ").append(target).append('\n');
            KernelCode.of(form.kernel(), BUFFERS, target).forEach(launch -> text.append(launch.text()));
        }
        GoldenKindsTest.check(form.name() + ".txt", text.toString());
    }

    /// Products on matrix units: TF32 in words, 16 bits in pairs.
    @ParameterizedTest
    @EnumSource(names = {"TF32", "BF16"})
    void textWithRoundedOperands(ProductPrecision precision) throws IOException {
        Kernel product = new Kernel.Contract(
                in(70, 19),
                view(1, 19, 35),
                null,
                null,
                DType.F32,
                List.of(view(3, 35).expand(70, 35)),
                X.plus(Y).max(0),
                view(2, 70, 35));
        List<Launch> launches = KernelCode.of(product, BUFFERS, Target.GPU, precision);
        assertThat(launches).hasSize(1);
        GoldenKindsTest.check(
                "Contract-" + precision + ".txt", launches.getFirst().text());
    }

    /// A normalisation is one launch.
    @Test
    void textOfRows() throws IOException {
        View factor = View.of(4, DType.F32, 0, new int[] {7, 99}, new int[] {1, 0});
        Kernel.Reduce statistics = new Kernel.Reduce(
                List.of(in(7, 99)),
                1,
                X,
                Reducer.MEAN_VARIANCE,
                List.of(),
                List.of(Y.plus(1).sqrt()),
                List.of(view(4, 7)));
        Kernel.Map scaled = new Kernel.Map(
                List.of(in(7, 99), factor, view(3, 99).expand(7, 99)),
                List.of(X.dividedBy(Y).plus(Expr.arg(2, DType.F32))),
                List.of(view(2, 7, 99)));
        RowPair pair = RowPair.of(statistics, scaled, BUFFERS).orElseThrow();
        GoldenKindsTest.check("Rows.txt", pair.launch(BUFFERS).text());
    }

    /// Scores of seven queries and 99 keys, their softmax and its product, in one launch.
    @Test
    void textOfAttention() throws IOException {
        View scores = view(5, 7, 99);
        View max = view(6, 7);
        View sum = view(7, 7);
        View ofMax = View.of(6, DType.F32, 0, new int[] {7, 99}, new int[] {1, 0});
        List<Kernel> steps = List.of(
                new Kernel.Contract(
                        in(7, 19),
                        view(1, 99, 19).permute(1, 0),
                        null,
                        null,
                        DType.F32,
                        List.of(view(4, 99).expand(7, 99)),
                        X.times(0.25).plus(Y),
                        scores),
                new Kernel.Reduce(
                        List.of(scores), 1, X, Reducer.MAX_SUM_EXP, List.of(), List.of(X, Y), List.of(max, sum)),
                new Kernel.Map(
                        List.of(scores, ofMax, ofMax.on(7)),
                        List.of(X.minus(Y).exp().dividedBy(Expr.arg(2, DType.F32))),
                        List.of(scores)),
                new Kernel.Contract(scores, view(3, 99, 35), null, null, DType.F32, List.of(), X, view(2, 7, 35)));
        Fused attention = new Fused(Fused.Form.ATTENTION, steps, Set.of(5, 6, 7));
        List<Launch> launches = KernelCode.of(attention.kernel(), BUFFERS, Target.GPU);
        assertThat(launches).hasSize(1);
        GoldenKindsTest.check("Attention.txt", launches.getFirst().text());
    }

    /// The step of a recurrent cell with two gates and two results.
    @Test
    void textOfGates() throws IOException {
        View gates = view(5, 3, 70);
        View first = gates.slice(1, 0, 35, 1);
        List<Kernel> steps = List.of(
                new Kernel.Contract(
                        in(3, 19), view(1, 19, 70), null, null, DType.F32, List.of(view(3, 3, 70)), X.plus(Y), gates),
                new Kernel.Map(
                        List.of(first, view(6, 3, 35)), List.of(X.sigmoid().times(Y)), List.of(view(2, 3, 35))),
                new Kernel.Map(
                        List.of(gates.slice(1, 35, 35, 1), view(2, 3, 35)),
                        List.of(X.times(Y.tanh())),
                        List.of(view(4, 3, 35))));
        List<Buffer> buffers = new ArrayList<>(BUFFERS);
        buffers.add(new Buffer(DType.F32, 210, new Buffer.Temporary(0)));
        buffers.add(new Buffer(DType.F32, 105, new Buffer.Temporary(1)));
        Fused cell = new Fused(Fused.Form.GATES, steps, Set.of(5));
        List<Launch> launches = KernelCode.of(cell.kernel(), buffers, Target.GPU);
        assertThat(launches).hasSize(1);
        GoldenKindsTest.check("Gates.txt", launches.getFirst().text());
    }
}
