package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.reference.ReferenceBackend;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Reductions of few elements each, as the reference backend does them, bit for bit.
class ShortRowsTest {
    private static final float[] SPECIAL = {
        0f, -0f, 1f, 1f, -1f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3e38f, 1e-40f
    };

    static Stream<Reducer> reducers() {
        return EnumSet.complementOf(EnumSet.of(Reducer.AND, Reducer.OR)).stream();
    }

    @ParameterizedTest
    @MethodSource("reducers")
    void sameBitsAsTheReference(Reducer reducer) {
        Random random = new Random(5);
        for (int length : new int[] {1, 2, 3, 7, 8, 10, 15, 16, 17}) {
            for (int rows : new int[] {1, 53, 700}) {
                for (boolean special : new boolean[] {false, true}) {
                    compare(reducer, numbers(random, rows, length, special));
                }
            }
        }
    }

    private static Tensor numbers(Random random, int rows, int length, boolean special) {
        float[] x = new float[rows * length];
        for (int i = 0; i < x.length; i++) {
            x[i] = special && random.nextInt(4) == 0
                    ? SPECIAL[random.nextInt(SPECIAL.length)]
                    : random.nextInt(5) * 0.3f - 0.7f;
        }
        return Tensor.wrap(DType.F32, x, rows, length);
    }

    private static void compare(Reducer reducer, Tensor x) {
        KernelRun run = new KernelRun();
        View in = run.input(x);
        List<Expr> epilogue = new ArrayList<>();
        List<View> outputs = new ArrayList<>();
        for (int k = 0; k < reducer.states(); k++) {
            DType type = k == 0 && reducer.isArg() ? DType.I64 : DType.F32;
            epilogue.add(Expr.arg(k, type));
            outputs.add(run.output(type, in.dim(0)));
        }
        Kernel kernel =
                new Kernel.Reduce(List.of(in), 1, Expr.arg(0, DType.F32), reducer, List.of(), epilogue, outputs);
        Program program = run.program(kernel);
        List<Tensor> want = results(new ReferenceBackend(), program, x, outputs);
        for (Tier tier : Tier.values()) {
            if (tier.obstacle().isEmpty()) {
                try (CpuBackend backend = new CpuBackend(tier, 1, true)) {
                    List<Tensor> got = results(backend, program, x, outputs);
                    for (int k = 0; k < want.size(); k++) {
                        assertThat(got.get(k).sameAs(want.get(k)))
                                .as("state %d of %s of %s on %s", k, reducer, x.shape(), tier)
                                .isTrue();
                    }
                }
            }
        }
    }

    private static List<Tensor> results(Backend backend, Program program, Tensor x, List<View> outputs) {
        List<Tensor> results =
                outputs.stream().map(v -> Tensor.zeros(v.dtype(), v.dim(0))).toList();
        try (Executable executable = backend.compile(program, new Backend.Settings(1))) {
            executable.run(executable.newFrame(), List.of(x), results, RunControl.NONE);
        }
        return results;
    }
}
