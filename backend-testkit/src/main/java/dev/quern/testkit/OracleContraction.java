package dev.quern.testkit;

import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.List;

/// Contractions and convolutions, one sum at a time.
final class OracleContraction {
    private OracleContraction() {}

    static void run(Kernel.Contract k, Memory memory) {
        DType type = k.accumulate();
        ScalarProgram epilogue = ScalarProgram.of(k.epilogue(), Rounding.STRICT);
        List<View> outputs = k.outputs();
        int[] dims = k.output().dims();
        int axes = dims.length - 2;
        int depth = k.a().dim(axes + 1);
        Memory.each(dims, p -> {
            int[] batch = Arrays.copyOf(p, axes);
            Number sum = Num.convert(0, type);
            for (int i = 0; i < depth; i++) {
                Number a = memory.read(k.a(), k.aZero(), type, Memory.join(batch, p[axes], i));
                Number b = memory.read(k.b(), k.bZero(), type, Memory.join(batch, i, p[axes + 1]));
                sum = Num.fma(a, b, sum, type);
            }
            Oracle.store(epilogue, List.of(sum), k.epilogueOperands(), outputs, dims, p, memory);
        });
    }

    static void run(Kernel.Convolve k, Memory memory) {
        DType type = k.accumulate();
        ScalarProgram epilogue = ScalarProgram.of(k.epilogue(), Rounding.STRICT);
        List<View> outputs = k.outputs();
        int[] dims = k.output().dims();
        int[] reach = k.weights().dims();
        reach[0] = 1;
        Memory.each(dims, p -> {
            Number[] sum = {Num.convert(0, type)};
            Memory.each(reach, tap -> {
                int[] weight = tap.clone();
                weight[0] = p[1];
                Number w = memory.read(k.weights(), k.weightsZero(), type, weight);
                int[] met = met(k, p, tap);
                Number x = met.length == 0 ? Num.convert(0, type) : memory.read(k.input(), k.inputZero(), type, met);
                sum[0] = Num.fma(w, x, sum[0], type);
            });
            Oracle.store(epilogue, List.of(sum[0]), k.epilogueOperands(), outputs, dims, p, memory);
        });
    }

    /// The position in the input that a tap meets, or none where that is padding.
    private static int[] met(Kernel.Convolve k, int[] p, int[] tap) {
        Kernel.Geometry g = k.geometry();
        int channels = k.output().dim(1);
        int[] at = new int[p.length];
        at[0] = p[1] / (channels / g.batchGroups()) * (k.input().dim(0) / g.batchGroups()) + p[0];
        at[1] = p[1] / (channels / g.featureGroups()) * (k.input().dim(1) / g.featureGroups()) + tap[1];
        for (int s = 0; s < p.length - 2; s++) {
            int q = p[s + 2] * g.strides().get(s)
                    + tap[s + 2] * g.dilations().get(s)
                    - g.padLow().get(s);
            int spread = g.inputDilations().get(s);
            if (q < 0 || q % spread != 0 || q / spread >= k.input().dim(s + 2)) {
                return new int[0];
            }
            at[s + 2] = q / spread;
        }
        return at;
    }
}
