package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;

/// Expressions over blocks of consecutive positions of an iteration space: reads operands, computes, stores results.
///
/// The first arguments of the expressions may be *states*: values that the caller puts in their registers itself (the
/// accumulators of a reduction or a product) before it runs a block.
final class BlockMap {
    private final BlockProgram program;
    private final int states;
    private final List<View> inputs;
    private final List<View> outputs;
    private final Nest nest;
    private final int[] axes;

    /// @param dims the iteration space: the dims of every view
    /// @param states how many arguments come before those that are read from `inputs`
    BlockMap(int[] dims, List<Expr> exprs, int states, List<View> inputs, List<View> outputs) {
        this.program = BlockProgram.of(exprs);
        this.states = states;
        this.inputs = inputs;
        this.outputs = outputs;
        this.axes = program.axes();
        List<View> views = new ArrayList<>(inputs);
        views.addAll(outputs);
        for (int axis : axes) {
            views.add(positions(dims, axis));
        }
        this.nest = Nest.of(dims, views);
    }

    /// A window whose addresses are the positions along `axis`.
    private static View positions(int[] dims, int axis) {
        int[] strides = axis == Expr.Index.LINEAR ? View.rowMajor(dims) : new int[dims.length];
        if (axis != Expr.Index.LINEAR) {
            strides[axis] = 1;
        }
        return View.of(-1, dev.quern.tensor.DType.I64, 0, dims, strides);
    }

    int length() {
        return nest.length();
    }

    BlockProgram.Slot result(int k) {
        return program.result(k);
    }

    int registers() {
        return program.registers();
    }

    Block block(Scratch scratch, int base) {
        return program.block(scratch, base);
    }

    /// The register of state `k`, or −1 where no expression reads it.
    int state(int k) {
        return program.argument(k);
    }

    /// A guess at the nanoseconds for one position.
    double nanosPerElement() {
        return 0.1 * (inputs.size() + outputs.size()) + program.nanosPerElement();
    }

    /// Computes and stores positions `start` to `start + n`, at most a block of them.
    void run(Workspace workspace, Block block, int start, int n) {
        for (int k = 0; k < inputs.size(); k++) {
            int register = program.argument(states + k);
            if (register >= 0) {
                load(workspace, block, k, register, start, n);
            }
        }
        for (int k = 0; k < axes.length; k++) {
            count(block, inputs.size() + outputs.size() + k, program.position(k), start, n);
        }
        program.run(block, n);
        for (int k = 0; k < outputs.size(); k++) {
            store(workspace, block, k, start, n);
        }
    }

    private void load(Workspace workspace, Block block, int view, int register, int start, int n) {
        View from = inputs.get(view);
        Object array = workspace.array(from.buffer());
        int inner = nest.inner();
        int stride = nest.innerStride(view);
        for (int at = 0; at < n; ) {
            int position = start + at;
            int run = Math.min(n - at, inner - position % inner);
            BlockIO.load(from.dtype(), array, nest.address(view, position), stride, block, register, at, run);
            at += run;
        }
    }

    private void count(Block block, int view, int register, int start, int n) {
        int inner = nest.inner();
        for (int at = 0; at < n; ) {
            int position = start + at;
            int run = Math.min(n - at, inner - position % inner);
            BlockIO.count(nest.address(view, position), nest.innerStride(view), block, register, at, run);
            at += run;
        }
    }

    private void store(Workspace workspace, Block block, int k, int start, int n) {
        View to = outputs.get(k);
        Object array = workspace.array(to.buffer());
        int register = program.result(k).register();
        int inner = nest.inner();
        int view = inputs.size() + k;
        int stride = nest.innerStride(view);
        for (int at = 0; at < n; ) {
            int position = start + at;
            int run = Math.min(n - at, inner - position % inner);
            BlockIO.store(to.dtype(), block, register, at, array, nest.address(view, position), stride, run);
            at += run;
        }
    }
}
