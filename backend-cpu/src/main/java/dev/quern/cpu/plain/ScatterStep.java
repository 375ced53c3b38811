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
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/// The second half of a Scatter kernel, after its data has been copied: a single unit, so that duplicates meet in the
/// order of the updates.
public final class ScatterStep implements Step {
    /// Elements between two looks at whether to stop.
    private static final int POLL = 1 << 14;

    private final View output;
    private final View updates;
    private final Kernel.Combine mode;
    private final Addresses addresses;
    private final @Nullable FixedRuns fixed;

    /// @param indices the array of the indices, where they never change
    public ScatterStep(Kernel.Scatter kernel, @Nullable Object indices) {
        output = kernel.output();
        updates = kernel.updates();
        mode = kernel.mode();
        addresses = new Addresses(output, kernel.indices(), updates, kernel.addressing(), kernel.axis());
        fixed = indices == null || mode != Kernel.Combine.REPLACE ? null : FixedRuns.of(addresses, indices);
    }

    @Override
    public int units() {
        return addresses.runs() == 0 ? 0 : 1;
    }

    @Override
    public long nanosPerUnit() {
        return fixed == null
                ? (long) addresses.runs() * (30 + addresses.run())
                : fixed.count() * (5L + fixed.length() / 2);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Object target = workspace.array(output.buffer());
        Object source = workspace.array(updates.buffer());
        if (fixed != null) {
            fixed.scatter(source, target, 0, fixed.count());
            return;
        }
        if (mode == Kernel.Combine.ADD && target instanceof float[] sums && source instanceof float[] added) {
            add(workspace, added, sums);
            return;
        }
        int left = 0;
        Addresses.Walk at = addresses.walk(workspace, 0);
        for (int i = 0; i < addresses.runs(); i++, at.next()) {
            left -= addresses.run();
            if (left < 0) {
                workspace.control().check();
                left = POLL;
            }
            if (mode == Kernel.Combine.REPLACE) {
                Strided.copy(
                        source,
                        at.window(),
                        addresses.windowStride(),
                        target,
                        at.data(),
                        addresses.dataStride(),
                        addresses.run());
            } else {
                combine(source, target, at);
            }
        }
    }

    /// Sums of `f32`: what gradients of gathers and pools are.
    private void add(Workspace workspace, float[] added, float[] sums) {
        if (addresses.isLine() && addresses.indices(workspace) instanceof long[] places) {
            for (int i = 0; i < addresses.runs(); i++) {
                if (i % POLL == 0) {
                    workspace.control().check();
                }
                sums[output.offset() + addresses.place(places, i)] += added[updates.offset() + i];
            }
            return;
        }
        int run = addresses.run();
        int dataStride = addresses.dataStride();
        int windowStride = addresses.windowStride();
        Addresses.Walk walk = addresses.walk(workspace, 0);
        int left = 0;
        for (int i = 0; i < addresses.runs(); i++, walk.next()) {
            left -= run;
            if (left < 0) {
                workspace.control().check();
                left = POLL;
            }
            int t = walk.data();
            int s = walk.window();
            for (int k = 0; k < run; k++) {
                sums[t + k * dataStride] += added[s + k * windowStride];
            }
        }
    }

    private void combine(Object source, Object target, Addresses.Walk at) {
        BinaryFn fn = function(mode);
        DType type = output.dtype();
        Elements to = new Elements(type, target);
        Elements from = new Elements(type, source);
        for (int i = 0; i < addresses.run(); i++) {
            int t = at.data() + i * addresses.dataStride();
            int s = at.window() + i * addresses.windowStride();
            if (type.isFloat()) {
                // one rounding of a sum or product taken in double is that of the type itself
                DoubleBinaryOperator f = FloatFunctions.inDouble(fn);
                double value = f.applyAsDouble(to.getDouble(t), from.getDouble(s));
                to.set(t, Conversion.round(type.computeType(), value));
            } else {
                LongBinaryOperator f = IntegerFunctions.binary(fn, type);
                to.set(t, f.applyAsLong(to.getLong(t), from.getLong(s)));
            }
        }
    }

    /// The function behind a mode other than REPLACE.
    static BinaryFn function(Kernel.Combine mode) {
        return switch (mode) {
            case ADD -> BinaryFn.ADD;
            case MULTIPLY -> BinaryFn.MUL;
            case MIN -> BinaryFn.MIN;
            case MAX -> BinaryFn.MAX;
            case REPLACE -> throw new IllegalArgumentException("a replacement is no function");
        };
    }
}
