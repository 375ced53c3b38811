package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.FloatFunctions;
import dev.quern.expr.IntegerFunctions;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/// A Cumulate kernel: a unit is one line along the axis.
public final class CumulateStep implements Step {
    private final Kernel.Cumulate kernel;
    private final Nest lines;
    private final int extent;

    public CumulateStep(Kernel.Cumulate kernel) {
        this.kernel = kernel;
        extent = kernel.output().dim(kernel.axis());
        View in = kernel.input().slice(kernel.axis(), 0, Math.min(1, extent), 1);
        View out = kernel.output().slice(kernel.axis(), 0, Math.min(1, extent), 1);
        lines = Nest.of(out.dims(), List.of(in, out));
    }

    @Override
    public int units() {
        return lines.length();
    }

    @Override
    public long nanosPerUnit() {
        return 20 + 5L * extent;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        DType type = kernel.output().dtype();
        BinaryFn fn = ScatterStep.function(kernel.operation());
        Elements in = new Elements(type, workspace.array(kernel.input().buffer()));
        Elements out = new Elements(type, workspace.array(kernel.output().buffer()));
        for (int line = from; line < to; line++) {
            if (type.isFloat()) {
                floats(FloatFunctions.inDouble(fn), type.computeType(), in, out, line, Folds.identity(fn));
            } else {
                integers(IntegerFunctions.binary(fn, type), in, out, line, Folds.identity(fn, type));
            }
        }
    }

    private int at(int view, int line, int i) {
        View v = view == 0 ? kernel.input() : kernel.output();
        int position = kernel.reverse() ? extent - 1 - i : i;
        return lines.address(view, line) + position * v.stride(kernel.axis());
    }

    private void floats(DoubleBinaryOperator f, DType type, Elements in, Elements out, int line, double identity) {
        double sum = identity;
        for (int i = 0; i < extent; i++) {
            double next = Conversion.round(type, f.applyAsDouble(sum, in.getDouble(at(0, line, i))));
            out.set(at(1, line, i), kernel.exclusive() ? sum : next);
            sum = next;
        }
    }

    private void integers(LongBinaryOperator f, Elements in, Elements out, int line, long identity) {
        long sum = identity;
        for (int i = 0; i < extent; i++) {
            long next = f.applyAsLong(sum, in.getLong(at(0, line, i)));
            out.set(at(1, line, i), kernel.exclusive() ? sum : next);
            sum = next;
        }
    }
}
