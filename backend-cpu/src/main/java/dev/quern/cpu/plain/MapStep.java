package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;

/// A Map kernel: a unit is a block of elements.
public final class MapStep implements Step {
    /// Positions in a unit.
    public static final int UNIT = Block.SIZE;

    private final BlockMap map;

    public MapStep(Kernel.Map kernel) {
        map = new BlockMap(kernel.extent(), kernel.exprs(), 0, kernel.inputs(), kernel.outputs());
    }

    @Override
    public int units() {
        return Math.ceilDiv(map.length(), Block.SIZE);
    }

    @Override
    public long nanosPerUnit() {
        return (long) (Block.SIZE * map.nanosPerElement());
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Block block = map.block(scratch, 0);
        for (int unit = from; unit < to; unit++) {
            int start = unit * Block.SIZE;
            map.run(workspace, block, start, Math.min(Block.SIZE, map.length() - start));
        }
    }
}
