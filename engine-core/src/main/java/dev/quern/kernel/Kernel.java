package dev.quern.kernel;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// One loop nest: the closed set that every backend runs (DESIGN: operators are many, kernels are few).
///
/// An epilogue is an expression applied to each finished element before it is stored: argument 0 is the accumulator
/// (in the accumulate type; a reduction with several states gives arguments 0, 1, …), the arguments after it are
/// elements of `epilogueOperands`, views with the dims of the output. An Index leaf in it is the position in the
/// output, in a prologue the position in kept ++ reduced.
///
/// An expression has the type of the output that it is stored to. `f16` and `bf16` are computed in `f32` (the
/// *compute type*; every other type is its own) and rounded when they are stored. Integers wrap to the width of their
/// type. Expressions are evaluated as [dev.quern.expr.Rounding#STRICT] says.
///
/// Rounding is part of the meaning: Contract and Convolve accumulate with fused multiply-add, k ascending, from 0;
/// Reduce uses [Reducer]'s 16 virtual lanes. So all backends on a CPU give the same bits, except that a NaN is a NaN:
/// which one is not fixed where it was computed. Where elements are only moved, their bits are kept.
///
/// Outputs overlap no operand and no other output, with two exceptions: the output of a Map may be the very window
/// (offset, dims and strides) that an operand is, and that of a Scatter the very window that `data` is. Distinct
/// positions of an output are distinct elements (no stride 0 over an extent above 1).
public sealed interface Kernel {

    /// Every view that is read, in a fixed order.
    List<View> inputs();

    /// Every view that is written.
    List<View> outputs();

    /// This kernel with every view replaced.
    default Kernel withViews(UnaryOperator<View> to) {
        return KernelViews.replace(this, to);
    }

    /// Short name for profiles and printouts.
    default String name() {
        return getClass().getSimpleName();
    }

    /// Evaluates `exprs` at every point of the iteration space: `outputs[j] = exprs[j](inputs)`. All views have
    /// the dims of the space; a broadcast operand has stride 0. All expressions of a point see its operands as
    /// they were before any of its results was stored.
    record Map(List<View> inputs, List<Expr> exprs, List<View> outputs) implements Kernel {
        public Map {
            inputs = List.copyOf(inputs);
            exprs = List.copyOf(exprs);
            outputs = List.copyOf(outputs);
        }

        /// The extents of the iteration space.
        public int[] extent() {
            return outputs.getFirst().dims();
        }
    }

    /// Reduces the last `reducedRank` axes of its operands. Each operand has dims kept ++ reduced; `prologue`
    /// gives the element to reduce from them; it is accumulated in the compute type of the prologue's type, which
    /// is also the type of the states. Outputs have the kept dims: `epilogue[j]` of the state(s) and of
    /// `epilogueOperands` (views of kept dims). An empty reduced space gives what [Reducer] says of it.
    record Reduce(
            List<View> operands,
            int reducedRank,
            Expr prologue,
            Reducer reducer,
            List<View> epilogueOperands,
            List<Expr> epilogue,
            List<View> outputs)
            implements Kernel {
        public Reduce {
            operands = List.copyOf(operands);
            epilogueOperands = List.copyOf(epilogueOperands);
            epilogue = List.copyOf(epilogue);
            outputs = List.copyOf(outputs);
        }

        @Override
        public List<View> inputs() {
            return concat(operands, epilogueOperands);
        }
    }

    /// Batched matrix product: `a` [batch…, m, k] times `b` [batch…, k, n] into `output` [batch…, m, n]; batch
    /// extents are equal on all sides (broadcast operands have stride 0).
    ///
    /// `accumulate` is `f32`, `f64` or an integer type of 32 or 64 bits, the latter for integer operands only.
    /// Operands are first converted to it as Cast does. They may have zero points, views that expand (as
    /// [View#expand] does) to the operand's own dims, are converted likewise, and are subtracted, in the
    /// accumulate type, before multiplying. An element is `acc = fma(a, b, acc)` for k ascending from +0, rounded
    /// once a step; integers wrap. No k gives 0.
    record Contract(
            View a,
            View b,
            @Nullable View aZero,
            @Nullable View bZero,
            DType accumulate,
            List<View> epilogueOperands,
            Expr epilogue,
            View output)
            implements Kernel {
        public Contract {
            epilogueOperands = List.copyOf(epilogueOperands);
        }

        @Override
        public List<View> inputs() {
            return concat(present(a, b, aZero, bZero), epilogueOperands);
        }

        @Override
        public List<View> outputs() {
            return List.of(output);
        }
    }

    /// Convolution in the general form: `input` [n, c, spatial…] with `weights` [o, c/featureGroups, taps…] into
    /// `output` [n/batchGroups, o, spatial…]. Padding may be negative. Layouts (NHWC …), flipped taps and both
    /// gradients are said through the views' strides.
    ///
    /// With `O` output channels, output channel `o` of image `i` reads input image `⌊o / (O/batchGroups)⌋ ·
    /// (n/batchGroups) + i` and the c/featureGroups input channels from `⌊o / (O/featureGroups)⌋ ·
    /// c/featureGroups` on. Accumulation is as in [Contract], with zero points likewise; its k runs over (c,
    /// taps…), row-major ascending. A padded or dilated-in position contributes weight × 0 (after zero points) by
    /// the same fused multiply-add as any other, so that a weight that is not finite shows.
    record Convolve(
            View input,
            View weights,
            @Nullable View inputZero,
            @Nullable View weightsZero,
            Geometry geometry,
            DType accumulate,
            List<View> epilogueOperands,
            Expr epilogue,
            View output)
            implements Kernel {
        public Convolve {
            epilogueOperands = List.copyOf(epilogueOperands);
        }

        @Override
        public List<View> inputs() {
            return concat(present(input, weights, inputZero, weightsZero), epilogueOperands);
        }

        @Override
        public List<View> outputs() {
            return List.of(output);
        }
    }

    /// The numbers of a [Convolve], one for each spatial axis: output position p reads input position `p·stride +
    /// tap·dilation − padLow` of the input with `inputDilation − 1` zeros between its elements; what lies outside
    /// is padding, as far as the output's extents reach. `padHigh` says how they came about and changes nothing.
    record Geometry(
            List<Integer> strides,
            List<Integer> dilations,
            List<Integer> padLow,
            List<Integer> padHigh,
            List<Integer> inputDilations,
            int featureGroups,
            int batchGroups) {}

    /// Pooling: slides a window of `taps` over the spatial axes of `input` [n, c, spatial…] into `output` of the
    /// same type. Output position p meets input position `p·stride + tap·dilation − padLow`. Padding is skipped;
    /// `countPadding` makes an average divide by the taps that lie inside the padded input (below extent +
    /// padHigh) instead of the real ones; taps beyond that, where extents were rounded up, never count.
    ///
    /// Taps are taken in row-major order into one running value in the compute type: sums from 0, an average is
    /// that sum divided once by the count (integers truncate), a maximum by [dev.quern.expr.BinaryFn#MAX] from
    /// the lowest value of the type (−∞). `indices` (i64, dims of the output; for MAX only) receives the
    /// row-major position within one (n, c) plane of the first element met that equals the maximum as a number
    /// (−0 equals 0) or is NaN; −1 where the window meets no element.
    record Window(
            View input,
            WindowReducer reducer,
            List<Integer> taps,
            List<Integer> strides,
            List<Integer> dilations,
            List<Integer> padLow,
            List<Integer> padHigh,
            boolean countPadding,
            View output,
            @Nullable View indices)
            implements Kernel {
        @Override
        public List<View> inputs() {
            return List.of(input);
        }

        @Override
        public List<View> outputs() {
            return present(output, indices);
        }
    }

    enum WindowReducer {
        MAX,
        SUM,
        AVERAGE
    }

    /// Reads `data` at `indices` (i32 or i64; negative ones count from the end, others outside fail the run).
    /// Elements of any type are moved as they are.
    ///
    /// AXIS: output dims = data[0…axis) ++ indices ++ data(axis…]. ELEMENTS: output dims = indices' dims, none
    /// above data's but along `axis`; the position along `axis` is replaced by the index. ND: the last axis of
    /// `indices` addresses axes `axis`… of data, where `axis` counts the batch axes shared by both: output dims =
    /// indices[0…last) ++ data[axis + indices.dim(last)…).
    record Gather(View data, View indices, Addressing addressing, int axis, View output) implements Kernel {
        @Override
        public List<View> inputs() {
            return List.of(data, indices);
        }

        @Override
        public List<View> outputs() {
            return List.of(output);
        }
    }

    /// The opposite of [Gather]: `output` starts as `data` and takes each element of `updates` (whose dims are
    /// those of Gather's output), combined by `mode`, in row-major order of `updates`, so that duplicates have a
    /// fixed result. Each combination is computed in the compute type and stored, so rounded to the element type.
    record Scatter(View data, View indices, View updates, Addressing addressing, int axis, Combine mode, View output)
            implements Kernel {
        @Override
        public List<View> inputs() {
            return List.of(data, indices, updates);
        }

        @Override
        public List<View> outputs() {
            return List.of(output);
        }
    }

    enum Addressing {
        AXIS,
        ELEMENTS,
        ND
    }

    /// How a scattered element meets the one already there, and what runs along a line.
    enum Combine {
        REPLACE,
        ADD,
        MULTIPLY,
        MIN,
        MAX;

        /// The function of (what is there, what comes) that combines.
        ///
        /// @throws ShapeException for REPLACE, which combines nothing
        public BinaryFn function() {
            return switch (this) {
                case ADD -> BinaryFn.ADD;
                case MULTIPLY -> BinaryFn.MUL;
                case MIN -> BinaryFn.MIN;
                case MAX -> BinaryFn.MAX;
                case REPLACE -> throw new ShapeException("REPLACE combines nothing: use ADD, MULTIPLY, MIN or MAX");
            };
        }
    }

    /// Running sum, product, minimum or maximum along `axis`, element after element from the identity of the
    /// operation (0, 1, +∞ or the highest value, −∞ or the lowest); `exclusive` leaves out the element itself,
    /// `reverse` starts at the end. The running value is kept in the compute type and rounded only where it is
    /// stored.
    record Cumulate(View input, int axis, Combine operation, boolean exclusive, boolean reverse, View output)
            implements Kernel {
        /// @throws ShapeException for REPLACE
        public Cumulate {
            operation.function();
        }

        @Override
        public List<View> inputs() {
            return List.of(input);
        }

        @Override
        public List<View> outputs() {
            return List.of(output);
        }
    }

    /// The first `k` (the extent of the outputs along `axis`) elements in stable order along `axis`; equal
    /// elements keep the lower index first (also where `largest`), −0 equals 0, NaN counts as the largest and as
    /// equal to NaN. `indices` are i64.
    record Sort(View input, int axis, boolean largest, View values, View indices) implements Kernel {
        @Override
        public List<View> inputs() {
            return List.of(input);
        }

        @Override
        public List<View> outputs() {
            return List.of(values, indices);
        }
    }

    /// An operator that the backend claimed whole. Stays the exception.
    record Native(Claimed op, List<View> inputs, List<View> outputs) implements Kernel {
        @Override
        public String name() {
            return op.name();
        }
    }

    /// What a [Native] kernel carries: an operator, known here by name only.
    interface Claimed {
        String name();
    }

    private static List<View> concat(List<View> a, List<View> b) {
        List<View> all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }

    private static List<View> present(@Nullable View... views) {
        List<View> all = new ArrayList<>(views.length);
        for (View v : views) {
            if (v != null) {
                all.add(v);
            }
        }
        return all;
    }
}
