package dev.quern.cpu.plain;

import dev.quern.backend.RunException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Where a Gather or a Scatter whose indices never change finds its elements: asked once, with runs that lie one behind
/// the other in the data and in the window joined. An assignment to a slice becomes a few copies of rows.
final class FixedRuns {
    /// More are not remembered.
    private static final int MOST = 1 << 16;

    private final Addresses addresses;
    private final int[] data;
    private final int[] window;
    private final int[] lengths;

    private FixedRuns(Addresses addresses, int[] data, int[] window, int... lengths) {
        this.addresses = addresses;
        this.data = data;
        this.window = window;
        this.lengths = lengths;
    }

    /// `null` where there are too many, or an index is outside the data, which a run will say.
    static @Nullable FixedRuns of(Addresses addresses, Object indices) {
        int runs = addresses.runs();
        if (runs == 0 || runs > MOST) {
            return null;
        }
        try {
            return joined(addresses, addresses.walk(indices), runs);
        } catch (RunException outside) {
            return null;
        }
    }

    private static FixedRuns joined(Addresses addresses, Addresses.Walk at, int runs) {
        int[] data = new int[runs];
        int[] window = new int[runs];
        int[] lengths = new int[runs];
        int run = addresses.run();
        int count = 0;
        for (int i = 0; i < runs; i++, at.next()) {
            int last = count - 1;
            if (last >= 0
                    && at.data() == data[last] + lengths[last] * addresses.dataStride()
                    && at.window() == window[last] + lengths[last] * addresses.windowStride()) {
                lengths[last] += run;
            } else {
                data[count] = at.data();
                window[count] = at.window();
                lengths[count++] = run;
            }
        }
        return new FixedRuns(
                addresses, Arrays.copyOf(data, count), Arrays.copyOf(window, count), Arrays.copyOf(lengths, count));
    }

    int count() {
        return lengths.length;
    }

    /// The elements of a run, on average.
    int length() {
        return (int) ((long) addresses.runs() * addresses.run() / count());
    }

    /// Copies the elements of runs `from` to `to` out of the data.
    void gather(Object data, Object window, int from, int to) {
        for (int i = from; i < to; i++) {
            Strided.copy(
                    data,
                    this.data[i],
                    addresses.dataStride(),
                    window,
                    this.window[i],
                    addresses.windowStride(),
                    lengths[i]);
        }
    }

    /// Copies the elements of runs `from` to `to` into the data.
    void scatter(Object window, Object data, int from, int to) {
        for (int i = from; i < to; i++) {
            Strided.copy(
                    window,
                    this.window[i],
                    addresses.windowStride(),
                    data,
                    this.data[i],
                    addresses.dataStride(),
                    lengths[i]);
        }
    }
}
