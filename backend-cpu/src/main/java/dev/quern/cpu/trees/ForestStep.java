package dev.quern.cpu.trees;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.Arrays;
import java.util.Optional;

/// Trees over rows of features: a unit is a block of rows, which all trees see before the next block.
public final class ForestStep implements Step {
    /// Below this many rows, the walks under way are those of one row through several trees.
    private static final int FEW_ROWS = Forest.LANES;

    /// From this many rows on, loops over rows are worth beginning for each decision.
    private static final int MANY_ROWS = 64;

    /// Rows of a block, so that its keys stay near while all trees pass.
    private static final int BLOCK = 512;

    /// Trees between two looks at whether to go on.
    private static final int CHECKED = 64;

    private final View x;
    private final View out;
    private final ForestLayout layout;
    private final int rows;

    /// @param x `[N,F]`
    /// @param out `[N,targets]`
    public ForestStep(View x, View out, ForestLayout layout) {
        this.x = x;
        this.out = out;
        this.layout = layout;
        this.rows = x.dim(0);
    }

    @Override
    public int units() {
        return Math.ceilDiv(rows, BLOCK);
    }

    @Override
    public long nanosPerUnit() {
        return 8L
                * Math.min(rows, BLOCK)
                * (layout.forest().trees() + layout.keys().columns());
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Elements features = new Elements(x.dtype(), workspace.array(x.buffer()));
        RowBlock block = scratch.kept(Scratch.ROW_BLOCK, RowBlock.class, RowBlock::new);
        int targets = layout.leaves().targets();
        for (int unit = from; unit < to; unit++) {
            int first = unit * BLOCK;
            int count = Math.min(BLOCK, rows - first);
            double[] sums = scratch.doubles(0, count * targets);
            layout.leaves().clear(sums, count);
            if (count < FEW_ROWS) {
                for (int r = 0; r < count; r++) {
                    treesAtATime(workspace, block, features, first + r, sums, r * targets);
                }
            } else {
                rowsAtATime(workspace, block, features, first, count, sums);
            }
            store(workspace, sums, first * targets, count * targets);
        }
    }

    private int[] row(Elements features, int row, RowBlock block) {
        int[] keys = block.row(layout.keys().columns());
        layout.keys().fill(features, x.offset() + row * x.dim(1), keys);
        return keys;
    }

    private void treesAtATime(Workspace workspace, RowBlock block, Elements features, int row, double[] sums, int at) {
        int columns = layout.keys().columns();
        int[] keys = row(features, row, block);
        int[] lanes = block.lanes(columns * Forest.LANES);
        for (int c = 0; c < columns; c++) {
            Arrays.fill(lanes, c * Forest.LANES, (c + 1) * Forest.LANES, keys[c]);
        }
        Forest forest = layout.forest();
        int[] roots = forest.roots();
        int[] leaves = block.leaves(roots.length);
        for (int t = 0; t < roots.length; t += Forest.LANES) {
            if (t % CHECKED == 0) {
                workspace.control().check();
            }
            forest.walk(lanes, 0, roots, t, leaves, t, forest.depthOfLanes(t));
        }
        layout.leaves().add(leaves, forest.trees(), sums, at);
    }

    private void rowsAtATime(
            Workspace workspace, RowBlock block, Elements features, int first, int count, double[] sums) {
        int columns = layout.keys().columns();
        int padded = Math.ceilDiv(count, Forest.LANES) * Forest.LANES;
        boolean masked = count >= MANY_ROWS && layout.masks().stream().anyMatch(Optional::isPresent);
        int[][] byColumn = masked ? block.columns(columns, BLOCK) : new int[0][];
        int[] lanes = block.lanes(padded * columns);
        for (int r = 0; r < padded; r++) {
            int[] keys = row(features, first + Math.min(r, count - 1), block);
            int lane = r / Forest.LANES * Forest.LANES * columns + r % Forest.LANES;
            for (int c = 0; c < columns; c++) {
                lanes[lane + c * Forest.LANES] = keys[c];
            }
            for (int c = 1; c < columns && masked && r < count; c++) {
                byColumn[c][r] = keys[c];
            }
        }
        int[] leaves = block.leaves(padded);
        for (int t = 0; t < layout.forest().trees(); t++) {
            if (t % CHECKED == 0) {
                workspace.control().check();
            }
            Optional<LeafMasks> masks = layout.masks().get(t);
            if (masked && masks.isPresent()) {
                masks.get().find(byColumn, block.dead(BLOCK), leaves, count);
            } else {
                walk(t, lanes, columns, block, leaves, padded);
            }
            layout.leaves().addEach(leaves, count, sums);
        }
    }

    private void walk(int tree, int[] lanes, int columns, RowBlock block, int[] leaves, int padded) {
        Forest forest = layout.forest();
        int[] start = block.start(forest.roots()[tree]);
        int depth = forest.depth(tree);
        for (int r = 0; r < padded; r += Forest.LANES) {
            forest.walk(lanes, r * columns, start, 0, leaves, r, depth);
        }
    }

    private void store(Workspace workspace, double[] sums, int at, int count) {
        Object array = workspace.array(out.buffer());
        if (out.dtype() == DType.F32) {
            float[] to = (float[]) array;
            for (int i = 0; i < count; i++) {
                to[out.offset() + at + i] = (float) layout.leaves().result(sums[i]);
            }
        } else {
            double[] to = (double[]) array;
            for (int i = 0; i < count; i++) {
                to[out.offset() + at + i] = layout.leaves().result(sums[i]);
            }
        }
    }
}
