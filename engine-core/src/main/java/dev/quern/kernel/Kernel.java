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
/// An epilogue is an expression applied to each finished element before it is stored: argument 0 is the accumulator (in
/// the accumulate type; a reduction with several states gives arguments 0, 1, …), the arguments after it are elements of
/// `epilogueInputs`, views with the dims of the output.
///
/// Rounding is part of the meaning: Contract and Convolve accumulate with fused multiply-add, k ascending, from 0;
/// Reduce uses [Reducer]'s 16 virtual lanes. So all backends on a CPU give the same bits.
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

    /// Evaluates `exprs` at every point of the iteration space: `outputs[j] = exprs[j](inputs)`. All views have the dims
    /// of the space; a broadcast operand has stride 0.
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

    /// Reduces the last `reducedRank` axes of its operands. Each operand has dims kept ++ reduced; `prologue` gives the
    /// element to reduce from them, in the type that is accumulated. Outputs have the kept dims: `epilogue[j]` of the
    /// state(s) and of `epilogueOperands` (views of kept dims). An empty reduced space gives the reducer's identity.
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

    /// Batched matrix product: `a` [batch…, m, k] times `b` [batch…, k, n] into `output` [batch…, m, n]; batch extents
    /// are equal on all sides (broadcast operands have stride 0). Integer operands may have zero points, views that
    /// expand to the operand's own dims and are subtracted before multiplying.
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
    /// `output` [n/batchGroups, o, spatial…]. Padding may be negative. Layouts (NHWC …), flipped taps and both gradients
    /// are said through the views' strides. A padded or dilated-in position contributes weight × 0 by the same fused
    /// multiply-add as any other. The order of accumulation is (c, taps…) ascending.
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

    /// The numbers of a [Convolve], one for each spatial axis: output position p reads input position
    /// `p·stride + tap·dilation − padLow` of the input with `inputDilation − 1` zeros between its elements.
    record Geometry(
            List<Integer> strides,
            List<Integer> dilations,
            List<Integer> padLow,
            List<Integer> padHigh,
            List<Integer> inputDilations,
            int featureGroups,
            int batchGroups) {}

    /// Pooling: slides a window of `taps` over the spatial axes of `input` [n, c, spatial…] into `output`. Padding is
    /// skipped; `countPadding` makes an average divide by the taps that lie inside the padded input instead of the real
    /// ones. `indices` (i64, dims of the output) receives the row-major position of the maximum within one (n, c) plane.
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
    ///
    /// AXIS: output dims = data[0…axis) ++ indices ++ data(axis…]. ELEMENTS: output dims = indices' dims, position along
    /// `axis` replaced by the index. ND: the last axis of `indices` addresses axes `axis`… of data, where `axis` counts
    /// the batch axes shared by both.
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

    /// The opposite of [Gather]: `output` starts as `data` and takes each element of `updates`, combined by `mode`, in
    /// row-major order of `updates`, so that duplicates have a fixed result.
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

    /// Running sum or product along `axis`; `exclusive` leaves out the element itself, `reverse` starts at the end.
    record Cumulate(View input, int axis, Combine operation, boolean exclusive, boolean reverse, View output)
            implements Kernel {
        @Override
        public List<View> inputs() {
            return List.of(input);
        }

        @Override
        public List<View> outputs() {
            return List.of(output);
        }
    }

    /// The first `k` (the extent of the outputs along `axis`) elements in stable order along `axis`; equal elements keep
    /// the lower index first, NaN counts as the largest. `indices` are i64.
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
