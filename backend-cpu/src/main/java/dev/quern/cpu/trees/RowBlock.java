package dev.quern.cpu.trees;

import java.util.Arrays;

/// What one worker needs for a block of rows: kept from block to block, grown where another forest needs more.
final class RowBlock {
    private int[] row = {};
    private int[] lanes = {};
    private int[][] columns = {};
    private final int[][] dead = {{}, {}};
    private int[] leaves = {};
    private int[] start = {};

    /// The keys of one row.
    int[] row(int columnCount) {
        row = row.length < columnCount ? new int[columnCount] : row;
        return row;
    }

    /// Keys in groups of [Forest#LANES] rows.
    int[] lanes(int length) {
        lanes = lanes.length < length ? new int[length] : lanes;
        return lanes;
    }

    /// For each column an array of its keys.
    int[][] columns(int count, int rows) {
        if (columns.length < count || columns[0].length < rows) {
            columns = new int[Math.max(count, columns.length)][rows];
        }
        return columns;
    }

    /// Which leaves have been ruled out.
    int[][] dead(int rows) {
        if (dead[0].length < rows) {
            Arrays.setAll(dead, i -> new int[rows]);
        }
        return dead;
    }

    /// The leaf of each row or tree.
    int[] leaves(int count) {
        leaves = leaves.length < count ? new int[count] : leaves;
        return leaves;
    }

    /// Where the walks of each lane begin: all at one node.
    int[] start(int node) {
        start = start.length == 0 ? new int[Forest.LANES] : start;
        Arrays.fill(start, node);
        return start;
    }
}
