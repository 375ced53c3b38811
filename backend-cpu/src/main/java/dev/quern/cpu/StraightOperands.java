package dev.quern.cpu;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.plain.TurnStep;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A Map whose results lie in the order of its loops, with those operands copied into that order first that lie across
/// it, as where channels are neighbours on one side and apart on the other: one copy of few elements at a time costs
/// less than computing everything element by element.
///
/// @param map the same, reading the copies
/// @param copies what comes before it
record StraightOperands(Kernel.Map map, List<Step> copies) {
    /// With fewer elements the copies are not worth it.
    private static final int LEAST = 4096;

    static StraightOperands of(Kernel.Map map, Buffers buffers, Transposer transposer) {
        StraightOperands asItIs = new StraightOperands(map, List.of());
        int[] dims = map.outputs().getFirst().dims();
        List<View> views = new ArrayList<>(map.inputs());
        views.addAll(map.outputs());
        Nest nest = Nest.of(dims, views);
        List<Integer> crossing = IntStream.range(0, map.inputs().size())
                .filter(i -> Math.abs(nest.innerStride(i)) > 1)
                .boxed()
                .toList();
        boolean resultsInOrder =
                IntStream.range(map.inputs().size(), views.size()).allMatch(v -> nest.innerStride(v) == 1);
        boolean worthIt = !crossing.isEmpty()
                && crossing.size() <= Buffers.SHARED
                && nest.length() >= LEAST
                && resultsInOrder
                && crossing.stream().allMatch(i -> isCopied(map.inputs().get(i)));
        if (!worthIt) {
            return asItIs;
        }
        List<Step> copies = new ArrayList<>();
        List<View> inputs = new ArrayList<>(map.inputs());
        for (int i : crossing) {
            View copy = View.dense(buffers.shared(copies.size(), nest.length()), DType.F32, dims);
            copies.add(TurnStep.copy(map.inputs().get(i), copy, transposer));
            inputs.set(i, copy);
        }
        return new StraightOperands(new Kernel.Map(inputs, map.exprs(), map.outputs()), copies);
    }

    /// Whether a copy has no more elements than the operand.
    private static boolean isCopied(View view) {
        return view.dtype() == DType.F32
                && IntStream.range(0, view.rank()).allMatch(axis -> view.dim(axis) == 1 || view.stride(axis) != 0);
    }
}
