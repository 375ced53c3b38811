package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.Lowering;
import dev.quern.cpu.codegen.NotGenerated;
import dev.quern.cpu.gemm.Ending;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.window.Fold;
import dev.quern.expr.StraightLine;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// An epilogue as instructions on eight sums in a register: one that needs no memory for what lies between.
final class MachineEnding implements Ending {
    private static final int[] NO_CONSTANTS = new int[1];

    private final Selection.Chosen chosen;
    private final TwoGroups groups;
    private final List<Operand> operands;
    private final int[] constants;

    /// Lanes of a vector, where a number follows the constants, else 0.
    private final int numberLanes;

    private boolean fitsTwice;
    private final MachineBlockKernel.Functions tiles;
    private final MachineWindowKernel.Functions windows;

    private MachineEnding(Selection.Chosen chosen, List<Operand> operands, Arithmetic arithmetic, VectorSet set) {
        this.chosen = chosen;
        this.operands = operands;
        this.tiles = new MachineBlockKernel.Functions(arithmetic, set, this);
        this.windows = new MachineWindowKernel.Functions(Fold.WEIGHTED, this);
        this.groups = TwoGroups.of(
                chosen,
                IntStream.rangeClosed(0, operands.size())
                        .mapToObj(view -> isNumber(view))
                        .toList());
        this.constants = chosen.insns().stream()
                .filter(Insn.Constant.class::isInstance)
                .flatMapToInt(c -> IntStream.generate(((Insn.Constant) c)::bits).limit(set.lanes()))
                .toArray();
        this.numberLanes = operands.contains(Operand.NUMBER) ? set.lanes() : 0;
    }

    /// What `written` is, with other constants.
    private MachineEnding(MachineEnding written, int[] constants) {
        this.chosen = written.chosen;
        this.operands = written.operands;
        this.tiles = written.tiles;
        this.windows = written.windows;
        this.groups = written.groups;
        this.fitsTwice = written.fitsTwice;
        this.numberLanes = written.numberLanes;
        this.constants = constants;
    }

    /// What endings have in common that differ in their constants only: their code.
    record Structure(List<Insn> insns, List<Integer> results, List<Operand> operands) {}

    Structure structure() {
        List<Insn> insns = chosen.insns().stream()
                .map(i -> i instanceof Insn.Constant ? new Insn.Constant(0) : i)
                .toList();
        return new Structure(insns, chosen.results(), operands);
    }

    /// The same with the code of `written`, which has the same structure.
    MachineEnding as(MachineEnding written) {
        return new MachineEnding(written, constants);
    }

    /// Where in memory constants are, and the operands of the sums at hand.
    interface Places {
        Address constant(int number);

        /// An operand of columns or of elements.
        ///
        /// @param group 0, or 1 for the sums beside them
        Address operand(int number, int group);
    }

    /// @param line one expression; argument 0 is the sum, the others are the operands
    /// @param free registers besides that of the sum
    /// @param arithmetic of products that end so
    /// @param set the vectors of the sums
    static Optional<MachineEnding> of(
            StraightLine line, List<Operand> operands, int free, Arithmetic arithmetic, VectorSet set) {
        try {
            LaneCode code = LaneCode.ofInstructions();
            List<Access> views = Collections.nCopies(operands.size() + 2, new Access(DType.F32, false));
            int[] results = new Lowering(code).lowerToStore(line, views);
            MachineEnding ending =
                    new MachineEnding(Selection.of(code, results), List.copyOf(operands), arithmetic, set);
            Places anywhere = new Places() {
                @Override
                public Address constant(int number) {
                    return Address.of(Register.RCX, 0);
                }

                @Override
                public Address operand(int number, int group) {
                    return Address.of(Register.RCX, 0);
                }
            };
            int[] all = IntStream.rangeClosed(0, free + 1).toArray();
            LaneWriter one = ending.one(new Assembler(set), anywhere, 0, Arrays.copyOf(all, free + 1));
            LaneWriter two = ending.two(new Assembler(set), anywhere, 0, 1, all);
            ending.fitsTwice = two.slots() == 0;
            return one.slots() == 0 ? Optional.of(ending) : Optional.empty();
        } catch (NotGenerated e) {
            return Optional.empty();
        }
    }

    /// The sliding windows that end so.
    MachineWindowKernel.Functions windows() {
        return windows;
    }

    /// The tiles of products that end so.
    MachineBlockKernel.Functions tiles() {
        return tiles;
    }

    List<Operand> operands() {
        return operands;
    }

    /// The constants, for all lanes, and behind them the operand for all results where there is one.
    ///
    /// @param scratch whose array may be used for both
    int[] constants(Scratch scratch, float number) {
        if (numberLanes == 0) {
            return constants.length == 0 ? NO_CONSTANTS : constants;
        }
        int length = constants.length + numberLanes;
        int[] all = scratch.constants(length);
        System.arraycopy(constants, 0, all, 0, constants.length);
        Arrays.fill(all, constants.length, length, Float.floatToRawIntBits(number));
        return all;
    }

    /// Whether what the expression calls this view is one number for all results.
    private boolean isNumber(int view) {
        return view > 0 && operands.get(view - 1) == Operand.NUMBER;
    }

    /// Writes the instructions and gives the register of the result.
    ///
    /// @param sum the register of the sums
    /// @param free others that may be used
    int write(Assembler code, Places places, int sum, int... free) {
        int[] registers = Arrays.copyOf(free, free.length + 1);
        registers[free.length] = sum;
        return one(code, places, sum, registers).register(chosen.results().getFirst());
    }

    /// The same for sums beside each other, in turns where there are registers for it.
    int[] writeTwo(Assembler code, Places places, int sum, int other, int... free) {
        if (!fitsTwice) {
            Places second = new Places() {
                @Override
                public Address constant(int number) {
                    return places.constant(number);
                }

                @Override
                public Address operand(int number, int group) {
                    return places.operand(number, 1);
                }
            };
            int moved = write(code, places, sum, free);
            if (moved != sum) {
                code.moveVector(sum, moved);
            }
            return new int[] {sum, write(code, second, other, free)};
        }
        int[] registers = Arrays.copyOf(free, free.length + 2);
        registers[free.length] = sum;
        registers[free.length + 1] = other;
        LaneWriter lanes = two(code, places, sum, other, registers);
        return new int[] {
            lanes.register(groups.first().getFirst()),
            lanes.register(groups.second().getFirst())
        };
    }

    private LaneWriter one(Assembler code, Places places, int sum, int... registers) {
        LaneWriter lanes = writer(code, chosen.insns(), places, registers);
        hold(lanes, chosen.insns(), sum, 0);
        lanes.write(computed(chosen.insns()), chosen.results());
        return lanes;
    }

    private LaneWriter two(Assembler code, Places places, int sum, int other, int... registers) {
        LaneWriter lanes = writer(code, groups.insns(), places, registers);
        hold(lanes, groups.insns(), sum, 0);
        hold(lanes, groups.insns(), other, 1);
        lanes.write(computed(groups.insns()), groups.all());
        return lanes;
    }

    private static void hold(LaneWriter lanes, List<Insn> insns, int sum, int group) {
        int load = insns.indexOf(new Insn.Load(0, group));
        if (load >= 0) {
            lanes.holds(sum, load);
        }
    }

    private static List<Integer> computed(List<Insn> insns) {
        return IntStream.range(0, insns.size())
                .filter(i -> !(insns.get(i) instanceof Insn.Constant))
                .boxed()
                .toList();
    }

    private LaneWriter writer(Assembler code, List<Insn> insns, Places places, int... registers) {
        return new LaneWriter(
                code,
                insns,
                new LaneWriter.Places() {
                    @Override
                    public Address constant(int number) {
                        return places.constant(number);
                    }

                    @Override
                    public Address slot(int number) {
                        return places.constant(0);
                    }

                    @Override
                    public void load(Assembler to, int register, int view, int group) {
                        boolean number = isNumber(view);
                        to.loadVector(
                                register,
                                number
                                        ? places.constant(constants.length / numberLanes)
                                        : places.operand(view - 1, group));
                    }
                },
                registers);
    }
}
