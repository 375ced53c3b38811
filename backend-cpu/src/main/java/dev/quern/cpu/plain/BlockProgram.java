package dev.quern.cpu.plain;

import dev.quern.cpu.plain.Block.File;
import dev.quern.cpu.run.Scratch;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// Expressions compiled for a block of elements at a time: a list of loops over registers.
///
/// The caller fills the registers of the operands ([#argument]) and positions ([#position]), runs, and reads those of
/// the results ([#result]). Registers are used again after their last use, but operands' and constants' are not.
final class BlockProgram {

    /// A loop over the first `n` elements of some registers.
    interface Instruction {
        void run(Block block, int n);
    }

    /// A register and the type of what it holds.
    record Slot(int register, DType type) {}

    private final List<Instruction> constants = new ArrayList<>();
    private final List<Instruction> code = new ArrayList<>();
    private final List<Slot> arguments = new ArrayList<>();
    private final List<Slot> positions = new ArrayList<>();
    private final List<Integer> argumentIndices = new ArrayList<>();
    private final List<Integer> positionAxes = new ArrayList<>();
    private final List<Slot> results;
    private int registers;
    private double nanos;

    private BlockProgram(List<Expr> exprs) {
        StraightLine line = StraightLine.of(exprs);
        List<StraightLine.Step> steps = line.steps();
        int[] lastUse = lastUses(line);
        Slot[] at = new Slot[steps.size()];
        List<Slot> free = new ArrayList<>();
        for (int i = 0; i < at.length; i++) {
            StraightLine.Step step = steps.get(i);
            at[i] = place(step, at, free);
            for (int operand : step.operands()) {
                if (lastUse[operand] == i && reusable(steps.get(operand).expr())) {
                    free.add(at[operand]);
                    lastUse[operand] = -1;
                }
            }
        }
        results = line.results().stream().map(r -> at[r]).toList();
    }

    static BlockProgram of(List<Expr> exprs) {
        return new BlockProgram(exprs);
    }

    private static int[] lastUses(StraightLine line) {
        int[] last = new int[line.steps().size()];
        for (int i = 0; i < last.length; i++) {
            for (int operand : line.steps().get(i).operands()) {
                last[operand] = i;
            }
        }
        line.results().forEach(r -> last[r] = Integer.MAX_VALUE);
        // a function that changes nothing hands its operand's register on
        for (int i = last.length - 1; i >= 0; i--) {
            if (Instructions.isIdentity(line.steps().get(i).expr())) {
                int operand = line.steps().get(i).operands().getFirst();
                last[operand] = Math.max(last[operand], last[i]);
            }
        }
        return last;
    }

    private static boolean reusable(Expr expr) {
        return !(expr instanceof Expr.Arg || expr instanceof Expr.Const || expr instanceof Expr.Index)
                && !Instructions.isIdentity(expr);
    }

    private Slot place(StraightLine.Step step, Slot[] at, List<Slot> free) {
        DType type = step.expr().dtype();
        return switch (step.expr()) {
            case Expr.Arg(int index, DType dtype) -> {
                Slot slot = new Slot(registers++, dtype);
                arguments.add(slot);
                argumentIndices.add(index);
                yield slot;
            }
            case Expr.Index(int axis) -> {
                Slot slot = new Slot(registers++, type);
                positions.add(slot);
                positionAxes.add(axis);
                yield slot;
            }
            case Expr.Const constant -> {
                Slot slot = new Slot(registers++, type);
                constants.add(Instructions.fill(constant, slot.register()));
                yield slot;
            }
            default -> {
                Slot[] operands = step.operands().stream().map(o -> at[o]).toArray(Slot[]::new);
                if (Instructions.isIdentity(step.expr())) {
                    yield operands[0];
                }
                Slot slot = new Slot(take(File.of(type), free), type);
                code.add(Instructions.of(step.expr(), operands, slot.register()));
                nanos += step.expr() instanceof Expr.Unary ? 6 : 0.2;
                yield slot;
            }
        };
    }

    private int take(File file, List<Slot> free) {
        for (int i = 0; i < free.size(); i++) {
            if (File.of(free.get(i).type()) == file) {
                return free.remove(i).register();
            }
        }
        return registers++;
    }

    int registers() {
        return registers;
    }

    /// A guess: a simple loop takes 0.2 ns an element, a function 6.
    double nanosPerElement() {
        return nanos;
    }

    /// The register that operand `index` is to be put in, or −1 where it is not read.
    int argument(int index) {
        int k = argumentIndices.indexOf(index);
        return k < 0 ? -1 : arguments.get(k).register();
    }

    /// The axes whose positions are read ([Expr.Index#LINEAR] for the linear one).
    int[] axes() {
        return positionAxes.stream().mapToInt(a -> a).toArray();
    }

    /// The register that the positions along axis `axes()[k]` are to be put in, as long.
    int position(int k) {
        return positions.get(k).register();
    }

    Slot result(int k) {
        return results.get(k);
    }

    /// Computes the results of the first `n` elements.
    void run(Block block, int n) {
        for (int i = 0; i < code.size(); i++) { // an iterator would be garbage of every run
            code.get(i).run(block, n);
        }
    }

    /// Registers in a worker's scratch arrays from `base` on, with the constants in place.
    Block block(Scratch scratch, int base) {
        Block block = new Block(scratch, base);
        for (int i = 0; i < constants.size(); i++) {
            constants.get(i).run(block, Block.SIZE);
        }
        return block;
    }
}
