package dev.quern.cpu.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Straight-line code over the lanes of a register beside the same code over the next ones, instruction by instruction:
/// so that one does not wait for the other. What is the same for both is there once.
///
/// @param insns of both
/// @param first the numbers of the first group's results
/// @param second those of the second group's results
record TwoGroups(List<Insn> insns, List<Integer> first, List<Integer> second) {

    /// @param repeated of each view whether it is one element for both groups
    static TwoGroups of(Selection.Chosen chosen, List<Boolean> repeated) {
        int count = chosen.insns().size();
        boolean[] shared = new boolean[count];
        int[] firsts = new int[count];
        int[] seconds = new int[count];
        List<Insn> insns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Insn insn = chosen.insns().get(i);
            shared[i] = insn instanceof Insn.Load(int view, int ignored)
                    ? repeated.get(view)
                    : IntStream.of(insn.operands()).allMatch(o -> shared[o]);
            firsts[i] = insns.size();
            insns.add(moved(insn, firsts, 0));
            seconds[i] = firsts[i];
            if (!shared[i]) {
                seconds[i] = insns.size();
                insns.add(moved(insn, seconds, 1));
            }
        }
        return new TwoGroups(
                insns,
                chosen.results().stream().map(r -> firsts[r]).toList(),
                chosen.results().stream().map(r -> seconds[r]).toList());
    }

    /// `insn` with its operands' new numbers.
    private static Insn moved(Insn insn, int[] to, int group) {
        return switch (insn) {
            case Insn.Load(int view, int ignored) -> new Insn.Load(view, group);
            case Insn.Constant constant -> constant;
            case Insn.Apply(var op, int x, int y, int number) ->
                new Insn.Apply(op, op.isUnary() ? Insn.NONE : to[x], to[y], number);
            case Insn.Shift(var direction, int x, int distance) -> new Insn.Shift(direction, to[x], distance);
            case Insn.Blend(int no, int yes, int mask) -> new Insn.Blend(to[no], to[yes], to[mask]);
            case Insn.Fma(int a, int b, int c) -> new Insn.Fma(to[a], to[b], to[c]);
        };
    }

    /// The results of both.
    List<Integer> all() {
        List<Integer> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}
