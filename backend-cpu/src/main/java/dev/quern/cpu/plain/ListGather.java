package dev.quern.cpu.plain;

import dev.quern.backend.RunException;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;

/// A Gather of single elements from one axis, into as many neighbours as there are indices: a unit is a block of them.
public final class ListGather implements Step {
    private final View data;
    private final View indices;
    private final View output;
    private final int axis;
    private final int length;

    public ListGather(Kernel.Gather kernel) {
        data = kernel.data();
        indices = kernel.indices();
        output = kernel.output();
        axis = kernel.axis();
        length = output.length();
    }

    /// Whether all other axes of the data have one element, and indices and results lie in order.
    public static boolean fits(Kernel.Gather kernel) {
        View data = kernel.data();
        return kernel.addressing() == Kernel.Addressing.AXIS
                && data.length() == data.dim(kernel.axis())
                && kernel.output().length() == kernel.indices().length()
                && kernel.indices().isContiguous()
                && kernel.output().isContiguous();
    }

    @Override
    public int units() {
        return Math.ceilDiv(length, Block.SIZE);
    }

    @Override
    public long nanosPerUnit() {
        return 2L * Block.SIZE;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        int[] at = scratch.addresses(Block.SIZE);
        Object indexed = workspace.array(indices.buffer());
        for (int unit = from; unit < to; unit++) {
            int start = unit * Block.SIZE;
            int n = Math.min(Block.SIZE, length - start);
            addresses(indexed, start, n, at);
            pick(workspace.array(data.buffer()), at, workspace.array(output.buffer()), output.offset() + start, n);
        }
    }

    private void addresses(Object indexed, int start, int n, int[] at) {
        int extent = data.dim(axis);
        int stride = data.stride(axis);
        for (int i = 0; i < n; i++) {
            int place = indices.offset() + start + i;
            long index = indices.dtype() == DType.I64 ? ((long[]) indexed)[place] : ((int[]) indexed)[place];
            if (index < -extent || index >= extent) {
                throw new RunException("index " + index + " is outside axis " + axis + " of extent " + extent);
            }
            at[i] = data.offset() + (int) (index < 0 ? index + extent : index) * stride;
        }
    }

    private static void pick(Object from, int[] at, Object to, int toAt, int n) {
        switch (from) {
            case float[] x -> {
                float[] y = (float[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i] = x[at[i]];
                }
            }
            case double[] x -> {
                double[] y = (double[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i] = x[at[i]];
                }
            }
            case byte[] x -> {
                byte[] y = (byte[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i] = x[at[i]];
                }
            }
            case short[] x -> {
                short[] y = (short[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i] = x[at[i]];
                }
            }
            case int[] x -> {
                int[] y = (int[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i] = x[at[i]];
                }
            }
            case long[] x -> {
                long[] y = (long[]) to;
                for (int i = 0; i < n; i++) {
                    y[toAt + i] = x[at[i]];
                }
            }
            default -> throw new IllegalArgumentException("no elements live in " + from.getClass());
        }
    }
}
