package dev.quern.cpu.run;

import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Arrays that one worker of one frame uses again and again; their contents do not outlive a chunk.
public final class Scratch {
    private final int worker;
    private float[][] floats = {};
    private double[][] doubles = {};
    private long[][] longs = {};

    /// Places of [#kept] objects.
    public static final int FACTOR_A = 0;

    public static final int FACTOR_B = 1;
    public static final int SUMS = 2;
    public static final int CALL = 3;
    public static final int ROW_BLOCK = 4;
    public static final int COPIED_ROWS = 5;
    public static final int OPERANDS = 6;

    private final @Nullable Object[] kept = new Object[7];
    private int[] addresses = {};
    private int[] steps = {};
    private int[] constants = {};

    private static final int ROOM = 8;

    /// Of the one worker of a frame.
    public Scratch() {
        this(0);
    }

    /// @param worker whose it is, from 0
    Scratch(int worker) {
        this.worker = worker;
    }

    /// The number of the worker whose it is, from 0.
    public int worker() {
        return worker;
    }

    /// The object that is kept at `place`, made the first time.
    public <T> T kept(int place, Class<T> type, Supplier<T> make) {
        if (kept[place] == null) {
            kept[place] = make.get();
        }
        return type.cast(kept[place]);
    }

    /// Numbers, at least `length`; one array for all.
    public int[] addresses(int length) {
        if (addresses.length < length) {
            addresses = new int[length + ROOM];
        }
        return addresses;
    }

    /// More numbers, at least `length`; one array for all.
    public int[] steps(int length) {
        if (steps.length < length) {
            steps = new int[length + ROOM];
        }
        return steps;
    }

    /// Numbers that machine code reads, at least `length`; one array for all.
    public int[] constants(int length) {
        if (constants.length < length) {
            constants = new int[length + ROOM];
        }
        return constants;
    }

    /// Array `index`, at least `length` long.
    public float[] floats(int index, int length) {
        if (index >= floats.length) {
            int had = floats.length;
            floats = Arrays.copyOf(floats, index + ROOM);
            Arrays.fill(floats, had, floats.length, new float[0]);
        }
        if (floats[index].length < length) {
            floats[index] = new float[length];
        }
        return floats[index];
    }

    /// Array `index`, at least `length` long.
    public double[] doubles(int index, int length) {
        if (index >= doubles.length) {
            int had = doubles.length;
            doubles = Arrays.copyOf(doubles, index + ROOM);
            Arrays.fill(doubles, had, doubles.length, new double[0]);
        }
        if (doubles[index].length < length) {
            doubles[index] = new double[length];
        }
        return doubles[index];
    }

    /// Array `index`, at least `length` long.
    public long[] longs(int index, int length) {
        if (index >= longs.length) {
            int had = longs.length;
            longs = Arrays.copyOf(longs, index + ROOM);
            Arrays.fill(longs, had, longs.length, new long[0]);
        }
        if (longs[index].length < length) {
            longs[index] = new long[length];
        }
        return longs[index];
    }
}
