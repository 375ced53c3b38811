package dev.quern.cpu.machine;

import static dev.quern.cpu.machine.Register.R10;
import static dev.quern.cpu.machine.Register.R11;
import static dev.quern.cpu.machine.Register.R12;
import static dev.quern.cpu.machine.Register.R13;
import static dev.quern.cpu.machine.Register.R14;
import static dev.quern.cpu.machine.Register.R15;
import static dev.quern.cpu.machine.Register.R8;
import static dev.quern.cpu.machine.Register.R9;
import static dev.quern.cpu.machine.Register.RAX;
import static dev.quern.cpu.machine.Register.RBP;
import static dev.quern.cpu.machine.Register.RBX;
import static dev.quern.cpu.machine.Register.RCX;
import static dev.quern.cpu.machine.Register.RDI;
import static dev.quern.cpu.machine.Register.RDX;
import static dev.quern.cpu.machine.Register.RSI;

import dev.quern.cpu.machine.Assembler.Condition;
import dev.quern.cpu.machine.Assembler.Label;
import dev.quern.cpu.winograd.Transform;
import java.util.ArrayList;
import java.util.List;

/// Writes the loop that applies a [Transform]: for each line, for each vector of lanes, all steps in registers.
///
/// It is a C function of 11 arguments in the System V calling convention:
/// `(float *x, float *y, float *factors, long xAt, long yAt, long xStep, long xLine, long yStep, long yLine, long
/// lines, long vectors)`.
/// The factors are [#factors]; all distances count bytes.
record TransformLoop(Transform transform, VectorSet set) {
    private static final Frame FRAME = new Frame(List.of(RBX, RBP, R12, R13, R14, R15));

    private static final Register X = RDI;
    private static final Register Y = RSI;
    private static final Register FACTORS = RDX;
    private static final Register X_STEP = R9;
    private static final Register THREE_X_STEPS = R11;
    private static final Register Y_STEP = R10;
    private static final Register THREE_Y_STEPS = RAX;
    private static final Register X_NOW = R12;
    private static final Register X_SECOND = R13;
    private static final Register Y_NOW = R14;
    private static final Register Y_SECOND = R15;
    private static final Register LINES = RBX;
    private static final Register LEFT = RBP;

    /// The different factors of a transform.
    float[] factors() {
        List<Float> all = distinct();
        float[] factors = new float[all.size()];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = all.get(i);
        }
        return factors;
    }

    private List<Float> distinct() {
        return transform.steps().stream().map(Transform.Step::factor).distinct().toList();
    }

    byte[] write() {
        Assembler code = new Assembler(set);
        FRAME.enter(code);
        code.add(X, RCX);
        code.add(Y, R8);
        code.load(Y_STEP, FRAME.argument(7, 0));
        code.load(LINES, FRAME.argument(9, 0));
        code.multiply(THREE_X_STEPS, X_STEP, 3);
        code.multiply(THREE_Y_STEPS, Y_STEP, 3);
        int factors = distinct().size();
        for (int i = 0; i < factors; i++) {
            code.broadcast(set.registers() - 1 - i, Address.of(FACTORS, i * Float.BYTES));
        }
        Label line = code.here();
        code.move(X_NOW, X);
        code.move(X_SECOND, X);
        code.add(X_SECOND, X_STEP);
        code.move(Y_NOW, Y);
        code.move(Y_SECOND, Y);
        code.add(Y_SECOND, Y_STEP);
        code.load(LEFT, FRAME.argument(10, 0));
        Label vector = code.here();
        steps(code);
        for (Register walker : List.of(X_NOW, X_SECOND, Y_NOW, Y_SECOND)) {
            code.add(walker, set.bytes());
        }
        code.subtract(LEFT, 1);
        code.jumpBack(Condition.NOT_ZERO, vector);
        code.add(X, FRAME.argument(6, 0));
        code.add(Y, FRAME.argument(8, 0));
        code.subtract(LINES, 1);
        code.jumpBack(Condition.NOT_ZERO, line);
        FRAME.leave(code);
        return code.bytes();
    }

    /// Element `number`, below 6, of a vector of values `step` apart.
    private static Address element(int number, Register first, Register second, Register step, Register threeSteps) {
        return switch (number) {
            case 0 -> Address.of(first, 0);
            case 1 -> Address.of(second, 0);
            case 2 -> new Address(first, step, 2, 0);
            case 3 -> new Address(first, threeSteps, 1, 0);
            case 4 -> new Address(first, step, 4, 0);
            case 5 -> new Address(second, step, 4, 0);
            default -> throw new IllegalArgumentException("no element " + number);
        };
    }

    /// Loads all inputs, then takes the steps; a value gives up its register after its last use, a result is stored
    /// at once.
    private void steps(Assembler code) {
        List<Float> factors = distinct();
        List<Transform.Step> steps = transform.steps();
        int[] place = new int[transform.values()];
        List<Integer> free = new ArrayList<>();
        for (int r = 0; r < set.registers() - factors.size(); r++) {
            free.add(r);
        }
        for (int i = 0; i < transform.inputs(); i++) {
            place[i] = free.removeFirst();
            code.loadVector(place[i], element(i, X_NOW, X_SECOND, X_STEP, THREE_X_STEPS));
            int output = transform.outputs().indexOf(i);
            if (output >= 0) {
                code.storeVector(element(output, Y_NOW, Y_SECOND, Y_STEP, THREE_Y_STEPS), place[i]);
            }
        }
        for (int i = 0; i < steps.size(); i++) {
            Transform.Step step = steps.get(i);
            int value = transform.inputs() + i;
            boolean lastOfX = isLast(step.x(), i);
            boolean lastOfY = isLast(step.y(), i);
            place[value] = lastOfY ? place[step.y()] : free.removeFirst();
            if (step.factor() == 1f) {
                code.add(place[value], place[step.x()], place[step.y()]);
            } else {
                if (!lastOfY) {
                    code.moveVector(place[value], place[step.y()]);
                }
                code.fma(place[value], place[step.x()], set.registers() - 1 - factors.indexOf(step.factor()));
            }
            if (lastOfX && step.x() != step.y()) {
                free.add(place[step.x()]);
            }
            int output = transform.outputs().indexOf(value);
            if (output >= 0) {
                code.storeVector(element(output, Y_NOW, Y_SECOND, Y_STEP, THREE_Y_STEPS), place[value]);
                if (isLast(value, i)) {
                    free.add(place[value]);
                }
            }
        }
    }

    /// Whether no step after number `step` needs a value.
    private boolean isLast(int value, int step) {
        List<Transform.Step> later =
                transform.steps().subList(step + 1, transform.steps().size());
        return later.stream().noneMatch(s -> s.x() == value || s.y() == value);
    }
}
