package dev.quern.testkit;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Chains of kernels drawn by seed, over views that are permuted, sliced and repeated on the way; results go back and
/// forth between two slots.
final class RandomPrograms {
    private static final int[] EXTENTS = {1, 2, 3, 5, 8, 13, 15, 16, 17, 31, 33};
    private static final int LIMIT = 6_000;
    private static final Expr X = Expr.arg(0, DType.F32);
    private static final Expr Y = Expr.arg(1, DType.F32);

    private final Random random;
    private final CaseBuilder b;
    private final int[] slots = new int[2];
    private int turn;

    private RandomPrograms(int seed) {
        this.random = new Random(seed);
        this.b = new CaseBuilder("Random program " + seed);
        for (int i = 0; i < slots.length; i++) {
            slots[i] = b.slot(DType.F32, LIMIT);
        }
    }

    static Stream<KernelCase> all(int count) {
        return IntStream.range(0, count).mapToObj(seed -> new RandomPrograms(seed).draw());
    }

    private KernelCase draw() {
        int[] dims = random.ints(1 + random.nextInt(3), 0, EXTENTS.length)
                .map(i -> EXTENTS[i])
                .toArray();
        if (length(dims) > LIMIT) {
            dims[0] = 1;
        }
        View current = b.input(DType.F32, dims);
        int steps = 1 + random.nextInt(6);
        for (int i = 0; i < steps; i++) {
            current = step(turned(current));
        }
        View last = b.output(DType.F32, current.dims());
        return b.build(new Kernel.Map(List.of(current), List.of(X), List.of(last)));
    }

    /// The view permuted, sliced or repeated, or as it is.
    private View turned(View v) {
        if (v.rank() == 0) {
            return v;
        }
        int axis = random.nextInt(v.rank());
        return switch (random.nextInt(5)) {
            case 0 -> {
                List<Integer> order =
                        new ArrayList<>(IntStream.range(0, v.rank()).boxed().toList());
                Collections.shuffle(order, random);
                yield v.permute(order.stream().mapToInt(i -> i).toArray());
            }
            case 1 -> v.slice(axis, v.dim(axis) - 1, v.dim(axis), -1);
            case 2 -> v.slice(axis, v.dim(axis) / 3, (v.dim(axis) - v.dim(axis) / 3 + 1) / 2, 2);
            case 3 -> {
                int[] dims = IntStream.concat(IntStream.of(2), IntStream.of(v.dims()))
                        .toArray();
                yield v.length() * 2 > LIMIT || v.rank() > 3 ? v : v.expand(dims);
            }
            default -> v;
        };
    }

    private static int length(int[] dims) {
        return View.dense(0, DType.F32, dims).length();
    }

    private View next(int... dims) {
        turn = 1 - turn;
        return b.temporary(slots[turn], DType.F32, dims);
    }

    private View step(View v) {
        int last = v.rank() - 1;
        return switch (random.nextInt(v.rank() == 0 ? 2 : 8)) {
            case 0 -> map(v, List.of(v), X.sigmoid().times(X).plus(0.25));
            case 1 ->
                map(v, List.of(v, b.input(DType.F32, v.dims())), X.minus(Y).tanh());
            case 2 -> reduce(v, Reducer.SUM, List.of(X.times(0.125)));
            case 3 ->
                reduce(v, Reducer.MEAN_VARIANCE, List.of(X.dividedBy(Y.plus(1).sqrt())));
            case 4 -> v.rank() < 2 ? map(v, List.of(v), X.exp()) : contract(v);
            case 5 -> gather(v);
            case 6 -> {
                View out = next(v.dims());
                b.step(new Kernel.Cumulate(
                        v, last, Kernel.Combine.ADD, random.nextBoolean(), random.nextBoolean(), out));
                yield out;
            }
            default -> {
                View out = next(v.dims());
                b.step(new Kernel.Sort(v, last, random.nextBoolean(), out, b.output(DType.I64, v.dims())));
                yield out;
            }
        };
    }

    private View map(View v, List<View> in, Expr e) {
        View out = next(v.dims());
        b.step(new Kernel.Map(in, List.of(e), List.of(out)));
        return out;
    }

    private View reduce(View v, Reducer reducer, List<Expr> epilogue) {
        int rank = 1 + random.nextInt(v.rank());
        View out = next(Arrays.copyOf(v.dims(), v.rank() - rank));
        b.step(new Kernel.Reduce(List.of(v), rank, X, reducer, List.of(), epilogue, List.of(out)));
        return out;
    }

    private View contract(View v) {
        int k = v.dim(v.rank() - 1);
        int n = EXTENTS[random.nextInt(EXTENTS.length)];
        int[] batch = Arrays.copyOf(v.dims(), v.rank() - 2);
        int[] right = IntStream.concat(IntStream.of(batch), IntStream.of(k, n)).toArray();
        int[] result = IntStream.concat(IntStream.of(batch), IntStream.of(v.dim(v.rank() - 2), n))
                .toArray();
        if (length(result) > LIMIT) {
            return map(v, List.of(v), X.times(0.5));
        }
        View w = random.nextBoolean()
                ? b.input(DType.F32, k, n)
                : b.input(DType.F32, n, k).permute(1, 0);
        View bias = b.input(DType.F32, n).expand(result);
        View out = next(result);
        b.step(new Kernel.Contract(
                v,
                w.expand(right),
                null,
                null,
                DType.F32,
                List.of(bias),
                X.plus(Y).times(0.125).max(-1),
                out));
        return out;
    }

    private View gather(View v) {
        int axis = random.nextInt(v.rank());
        int n = 1 + random.nextInt(v.dim(axis) + 3);
        int[] dims = v.dims();
        View at = b.input(b.values().between(DType.I64, -dims[axis], dims[axis], n), n);
        dims[axis] = n;
        if (length(dims) > LIMIT) {
            return map(v, List.of(v), X.abs().plus(0.5).log());
        }
        View out = next(dims);
        b.step(new Kernel.Gather(v, at, Kernel.Addressing.AXIS, axis, out));
        return out;
    }
}
