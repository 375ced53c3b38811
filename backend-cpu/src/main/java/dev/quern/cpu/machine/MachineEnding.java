package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.Lowering;
import dev.quern.cpu.codegen.NotGenerated;
import dev.quern.cpu.gemm.Ending;
import dev.quern.cpu.window.Fold;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// An epilogue as instructions on eight sums in a register: one that needs no memory for what lies between.
final class MachineEnding implements Ending {
    private final Selection.Chosen chosen;
    private final List<Integer> computed;
    private final List<Operand> operands;
    private final int[] constants;
    private final MachineBlockKernel.Functions tiles =
            new MachineBlockKernel.Functions(TileLoop.Arithmetic.FLOATS, VectorSet.AVX2, this);
    private final MachineWindowKernel.Functions windows = new MachineWindowKernel.Functions(Fold.WEIGHTED, this);

    private MachineEnding(Selection.Chosen chosen, List<Operand> operands) {
        this.chosen = chosen;
        this.operands = operands;
        this.computed = IntStream.range(0, chosen.insns().size())
                .filter(i -> !(chosen.insns().get(i) instanceof Insn.Constant))
                .boxed()
                .toList();
        this.constants = chosen.insns().stream()
                .filter(Insn.Constant.class::isInstance)
                .flatMapToInt(c -> IntStream.generate(((Insn.Constant) c)::bits).limit(VectorSet.AVX2.lanes()))
                .toArray();
    }

    /// Where in memory constants are, and the operands of the sums at hand.
    interface Places {
        Address constant(int number);

        Address operand(int number);
    }

    /// @param expr argument 0 is the sum, the others are the operands
    /// @param free registers besides that of the sum
    static Optional<MachineEnding> of(Expr expr, List<Operand> operands, int free) {
        try {
            LaneCode code = new LaneCode();
            List<Access> views = Collections.nCopies(operands.size() + 2, new Access(DType.F32, false));
            int[] results = new Lowering(code).lowerToStore(StraightLine.of(List.of(expr)), views);
            MachineEnding ending = new MachineEnding(Selection.of(code, results), List.copyOf(operands));
            Places anywhere = new Places() {
                @Override
                public Address constant(int number) {
                    return Address.of(Register.RCX, 0);
                }

                @Override
                public Address operand(int number) {
                    return Address.of(Register.RCX, 0);
                }
            };
            LaneWriter trial = ending.writer(
                    new Assembler(VectorSet.AVX2),
                    anywhere,
                    IntStream.rangeClosed(0, free).toArray());
            ending.write(trial, 0);
            return trial.slots() == 0 ? Optional.of(ending) : Optional.empty();
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

    /// The constants, eight times each; one number at least.
    int[] constants() {
        return constants.length == 0 ? new int[1] : constants;
    }

    /// Writes the instructions and gives the register of the result.
    ///
    /// @param sum the register of the sums
    /// @param free others that may be used
    int write(Assembler code, Places places, int sum, int... free) {
        int[] registers = Arrays.copyOf(free, free.length + 1);
        registers[free.length] = sum;
        return write(writer(code, places, registers), sum);
    }

    private int write(LaneWriter lanes, int sum) {
        int load = chosen.insns().indexOf(new Insn.Load(0, 0));
        if (load >= 0) {
            lanes.holds(sum, load);
        }
        lanes.write(computed, chosen.results());
        return lanes.register(chosen.results().getFirst());
    }

    private LaneWriter writer(Assembler code, Places places, int... registers) {
        return new LaneWriter(
                code,
                chosen.insns(),
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
                        to.loadVector(register, places.operand(view - 1));
                    }
                },
                registers);
    }
}
