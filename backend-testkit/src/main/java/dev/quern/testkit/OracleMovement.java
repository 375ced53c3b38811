package dev.quern.testkit;

import dev.quern.expr.BinaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/// Gather, Scatter, Cumulate and Sort, one element at a time.
final class OracleMovement {
    private OracleMovement() {}

    static void run(Kernel.Gather k, Memory memory) {
        Memory.each(
                k.output().dims(),
                p -> memory.move(
                        k.data(), locate(k.data(), k.indices(), k.addressing(), k.axis(), p, memory), k.output(), p));
    }

    static void run(Kernel.Scatter k, Memory memory) {
        DType type = k.output().dtype();
        if (!k.output().equals(k.data())) {
            Memory.each(k.output().dims(), p -> memory.move(k.data(), p, k.output(), p));
        }
        Memory.each(k.updates().dims(), p -> {
            int[] at = locate(k.output(), k.indices(), k.addressing(), k.axis(), p, memory);
            if (k.mode() == Kernel.Combine.REPLACE) {
                memory.move(k.updates(), p, k.output(), at);
            } else {
                Number there = memory.read(k.output(), at);
                Number update = memory.read(k.updates(), p);
                memory.write(Num.apply(k.mode().function(), there, update, type), k.output(), at);
            }
        });
    }

    /// Which position of `indexed` the point `p` of a transfer meets.
    private static int[] locate(
            View indexed, View indices, Kernel.Addressing addressing, int axis, int[] p, Memory memory) {
        return switch (addressing) {
            case AXIS -> {
                int[] which = Arrays.copyOfRange(p, axis, axis + indices.rank());
                int found = index(indexed, axis, memory.read(indices, which));
                int[] head = Memory.join(Arrays.copyOf(p, axis), found);
                yield Memory.join(head, Arrays.copyOfRange(p, axis + indices.rank(), p.length));
            }
            case ELEMENTS -> {
                int[] at = p.clone();
                at[axis] = index(indexed, axis, memory.read(indices, p));
                yield at;
            }
            case ND -> {
                int last = indices.rank() - 1;
                int[] at = Arrays.copyOf(p, axis);
                for (int i = 0; i < indices.dim(last); i++) {
                    int[] which = Memory.join(Arrays.copyOf(p, last), i);
                    at = Memory.join(at, index(indexed, axis + i, memory.read(indices, which)));
                }
                yield Memory.join(at, Arrays.copyOfRange(p, last, p.length));
            }
        };
    }

    private static int index(View indexed, int axis, Number given) {
        int i = given.intValue();
        return i < 0 ? i + indexed.dim(axis) : i;
    }

    static void run(Kernel.Cumulate k, Memory memory) {
        BinaryFn fn = k.operation().function();
        DType type = k.input().dtype();
        int n = k.input().dim(k.axis());
        eachLine(k.input(), k.axis(), line -> {
            Number running = Num.identity(fn, type);
            for (int i = 0; i < n; i++) {
                int[] p = line.clone();
                p[k.axis()] = k.reverse() ? n - 1 - i : i;
                Number next = Num.apply(fn, running, memory.read(k.input(), p), type);
                memory.write(k.exclusive() ? running : next, k.output(), p);
                running = next;
            }
        });
    }

    static void run(Kernel.Sort k, Memory memory) {
        int axis = k.axis();
        DType type = k.input().dtype();
        eachLine(k.input(), axis, line -> {
            List<int[]> order = new ArrayList<>();
            for (int i = 0; i < k.input().dim(axis); i++) {
                int[] p = line.clone();
                p[axis] = i;
                order.add(p);
            }
            Comparator<int[]> ascending =
                    (a, b) -> Num.order(memory.read(k.input(), a), memory.read(k.input(), b), type);
            order.sort(k.largest() ? ascending.reversed() : ascending);
            Elements indices = memory.of(k.indices());
            for (int i = 0; i < k.values().dim(axis); i++) {
                int[] to = line.clone();
                to[axis] = i;
                memory.move(k.input(), order.get(i), k.values(), to);
                indices.set(Memory.at(k.indices(), to), (long) order.get(i)[axis]);
            }
        });
    }

    private static void eachLine(View view, int axis, Consumer<int[]> visit) {
        int[] starts = view.dims();
        starts[axis] = 1;
        Memory.each(starts, visit);
    }
}
