package dev.quern.op;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Example;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Where the taps of a deformable convolution fall: the elements around a place, and their shares in its value.
sealed interface DeformedPlaces extends ElementwiseOp permits DeformedPlaces.Place, DeformedPlaces.Corner {

    /// The place along one spatial axis: offsets `[N,groups,T,out…]`, operand 0, added to where the tap would be.
    record Place(Sliding sliding, List<Integer> taps, int axis) implements DeformedPlaces {
        public Place {
            taps = List.copyOf(taps);
        }

        @Override
        public int arity() {
            return 1;
        }

        @Override
        public Expr define(List<Expr> args) {
            int inner = taps.stream().skip(axis + 1L).reduce(1, (a, b) -> a * b);
            Expr tap = Expr.index(2).dividedBy(inner).apply(BinaryFn.REM, Expr.constant(DType.I64, taps.get(axis)));
            int pad = sliding.pads().isEmpty() ? 0 : sliding.pads().get(axis);
            Expr start = Expr.index(3 + axis).times(sliding.stride(axis)).minus(pad);
            return args.getFirst()
                    .plus(tap.times(sliding.dilation(axis))
                            .plus(start)
                            .castTo(args.getFirst().dtype()));
        }
    }

    /// One of the elements around a place. Operands: the place along each spatial axis, then the extents of x along
    /// them (`i64`).
    sealed interface Corner extends DeformedPlaces {

        /// How many spatial axes there are.
        int axes();

        /// One bit an axis: whether the element is the one after the place, or the one before it.
        int corner();

        @Override
        default int arity() {
            return 2 * axes();
        }

        default boolean isAfter(int axis) {
            return (corner() >> axis & 1) == 1;
        }

        default Expr position(List<Expr> args, int axis) {
            Expr below = args.get(axis).apply(UnaryFn.FLOOR);
            return isAfter(axis) ? below.plus(1) : below;
        }
    }

    /// The address of the element in a plane of x; of one at the edge where it lies outside.
    record Address(int axes, int corner) implements Corner {
        @Override
        public boolean isDifferentiable() {
            return false;
        }

        @Override
        public Expr define(List<Expr> args) {
            Expr address = Expr.constant(DType.I64, 0L);
            for (int axis = 0; axis < axes; axis++) {
                Expr extent = args.get(axes + axis);
                Expr at = position(args, axis).castTo(DType.I64);
                address = address.times(extent).plus(at.min(extent.minus(1)).max(0));
            }
            return address;
        }
    }

    /// The share of the element in the value at the place; 0 where it lies outside.
    record Share(int axes, int corner) implements Corner {
        @Override
        public Expr define(List<Expr> args) {
            Expr share = args.getFirst().like(1);
            for (int axis = 0; axis < axes; axis++) {
                Expr place = args.get(axis);
                Expr past = place.minus(place.apply(UnaryFn.FLOOR));
                Expr part = isAfter(axis) ? past : past.negate().plus(1);
                Expr at = position(args, axis);
                Expr inside = at.ge(at.like(0)).and(at.lt(args.get(axes + axis).castTo(at.dtype())));
                share = share.times(Expr.select(inside, part, at.like(0)));
            }
            return share;
        }
    }

    static Stream<Example> examples() {
        Sliding sliding = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 0, 0, 0), List.of(2, 1), List.of(1, 3));
        Example.Operand y = Example.f32(2, 3).in(-1.3, 3.2).distinctValues();
        Example.Operand x = Example.f32(2, 3).in(-1.2, 4.3).distinctValues();
        Example.Operand height = Example.fixed(Tensor.of(new long[] {3}, 1));
        Example.Operand width = Example.fixed(Tensor.of(new long[] {4}, 1));
        return Stream.of(
                Example.of(new Place(sliding, List.of(2, 2), 1), Example.f32(1, 2, 4, 2, 3)),
                Example.of(new Place(Sliding.PLAIN, List.of(3), 0), Example.f32(1, 1, 3, 2)),
                Example.of(new Address(2, 2), y, x, height, width),
                Example.of(new Share(2, 1), y, x, height, width));
    }
}
