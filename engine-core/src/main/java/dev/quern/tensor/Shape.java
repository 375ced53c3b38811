package dev.quern.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The dims of a tensor, or [#UNRANKED] where not even their number is known.
public final class Shape {
    /// A shape of unknown rank.
    public static final Shape UNRANKED = new Shape(List.of(), false);
    /// The shape of a scalar.
    public static final Shape SCALAR = new Shape(List.of(), true);

    private final List<Dim> dims;
    private final boolean ranked;

    /// The extents where every dim is fixed; every run asks for them.
    private final long @Nullable [] fixed;

    private Shape(List<Dim> dims, boolean ranked) {
        this.dims = dims;
        this.ranked = ranked;
        this.fixed = ranked ? fixed(dims) : null;
    }

    private static long @Nullable [] fixed(List<Dim> dims) {
        long[] extents = new long[dims.size()];
        for (int i = 0; i < extents.length; i++) {
            if (!(dims.get(i) instanceof Dim.Fixed(long extent))) {
                return null;
            }
            extents[i] = extent;
        }
        return extents;
    }

    public static Shape of(List<? extends Dim> dims) {
        return dims.isEmpty() ? SCALAR : new Shape(List.copyOf(dims), true);
    }

    public static Shape of(Dim... dims) {
        return of(List.of(dims));
    }

    public static Shape of(long... extents) {
        Dim[] dims = new Dim[extents.length];
        Arrays.setAll(dims, i -> Dim.of(extents[i]));
        return of(dims);
    }

    public static Shape of(int[] extents) {
        Dim[] dims = new Dim[extents.length];
        Arrays.setAll(dims, i -> Dim.of(extents[i]));
        return of(dims);
    }

    /// A shape of the given rank of which nothing else is known.
    public static Shape ofRank(int rank) {
        return of(java.util.Collections.nCopies(rank, Dim.UNKNOWN));
    }

    public boolean isRanked() {
        return ranked;
    }

    public int rank() {
        return dims().size();
    }

    /// The dims; fails where the rank is unknown.
    public List<Dim> dims() {
        if (!ranked) {
            throw new UnknownRankException("the rank of this tensor is not known yet");
        }
        return dims;
    }

    /// The dim at `axis`, which may count from the end when negative.
    public Dim dim(int axis) {
        return dims().get(axis(axis));
    }

    /// `axis` counted from the front.
    ///
    /// @throws ShapeException where it is outside −rank … rank−1
    public int axis(long axis) {
        return axis(axis, rank());
    }

    /// `axis` of a tensor of rank `rank`, counted from the front.
    ///
    /// @throws ShapeException where it is outside −rank … rank−1
    public static int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new ShapeException("axis must be in " + -rank + " … " + (rank - 1) + ", not " + axis);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /// Whether every dim is fixed.
    public boolean isConcrete() {
        return fixed != null;
    }

    /// The extents of a concrete shape.
    public long[] extents() {
        return fixed == null ? dims().stream().mapToLong(Dim::extent).toArray() : fixed.clone();
    }

    /// The extents of a concrete shape as `int`; fails past 2^31 − 1 elements along one axis.
    public int[] intExtents() {
        List<Dim> all = dims();
        int[] extents = new int[all.size()];
        for (int i = 0; i < extents.length; i++) {
            extents[i] = toInt(all.get(i).extent());
        }
        return extents;
    }

    /// The number of elements of a concrete shape.
    ///
    /// @throws ShapeException past 2^31 − 1 elements, the most one tensor can hold
    public int elements() {
        return elements(fixed == null ? extents() : fixed);
    }

    /// The number of elements of a tensor with these extents.
    ///
    /// @throws ShapeException past 2^31 − 1 elements, the most one tensor can hold
    public static int elements(long... extents) {
        long n = 1;
        boolean empty = false;
        for (long e : extents) {
            empty |= e == 0;
        }
        if (empty) {
            return 0;
        }
        for (long e : extents) {
            if (e < 0 || e > Integer.MAX_VALUE || (n *= e) > Integer.MAX_VALUE) {
                throw new ShapeException("a tensor holds at most 2147483647 elements; the shape "
                        + Arrays.toString(extents) + " has more");
            }
        }
        return (int) n;
    }

    private static int toInt(long extent) {
        if (extent > Integer.MAX_VALUE) {
            throw new ShapeException("a dimension must be below 2147483648, not " + extent);
        }
        return (int) extent;
    }

    /// Whether this and another shape can be the same, as far as their extents are fixed.
    public boolean mayEqual(Shape other) {
        if (!ranked || !other.ranked) {
            return true;
        }
        boolean may = rank() == other.rank();
        for (int i = 0; may && i < rank(); i++) {
            may = !dim(i).isFixed() || !other.dim(i).isFixed() || dim(i).equals(other.dim(i));
        }
        return may;
    }

    /// The dim that all elements together have.
    public Dim size() {
        Dim product = Dim.of(1);
        for (Dim d : dims()) {
            product = product.times(d);
        }
        return product;
    }

    /// The shape of an element-wise result over this and `other` (ONNX multidirectional broadcasting).
    public Shape broadcast(Shape other) {
        if (!ranked || !other.ranked) {
            return UNRANKED;
        }
        int rank = Math.max(rank(), other.rank());
        List<Dim> out = new ArrayList<>(rank);
        for (int i = 0; i < rank; i++) {
            int a = i - rank + rank();
            int b = i - rank + other.rank();
            out.add(a < 0 ? other.dims.get(b) : b < 0 ? dims.get(a) : broadcastDim(other, a, b));
        }
        return of(out);
    }

    private Dim broadcastDim(Shape other, int a, int b) {
        Dim x = dims.get(a);
        Dim y = other.dims.get(b);
        if (x.isFixed() && y.isFixed() && !x.equals(y) && !x.is(1) && !y.is(1)) {
            throw new ShapeException("shapes " + this + " and " + other + " do not broadcast: " + x + " against " + y);
        }
        return x.broadcast(y);
    }

    /// This shape with the dim at `axis` replaced.
    public Shape with(int axis, Dim dim) {
        List<Dim> copy = new ArrayList<>(dims());
        copy.set(axis(axis), dim);
        return of(copy);
    }

    /// This shape with each dim mapped.
    public Shape map(UnaryOperator<Dim> f) {
        return ranked ? of(dims.stream().map(f).toList()) : this;
    }

    /// Dims `from` (inclusive) to `to` (exclusive).
    public Shape slice(int from, int to) {
        return of(dims().subList(from, to));
    }

    /// This shape followed by `other`.
    public Shape concat(Shape other) {
        List<Dim> all = new ArrayList<>(dims());
        all.addAll(other.dims());
        return of(all);
    }

    @Override
    public boolean equals(Object o) {
        return o == this
                || (o instanceof Shape s
                        && ranked == s.ranked
                        && (fixed == null ? dims.equals(s.dims) : Arrays.equals(fixed, s.fixed)));
    }

    @Override
    public int hashCode() {
        return dims.hashCode() + (ranked ? 1 : 0);
    }

    /// `[N,3,224,224]`, `[]` for a scalar, `[*]` where the rank is unknown.
    @Override
    public String toString() {
        return ranked ? dims.stream().map(Dim::toString).collect(Collectors.joining(",", "[", "]")) : "[*]";
    }
}
