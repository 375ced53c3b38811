package dev.quern.cpu;

import dev.quern.cpu.gemm.Convolutions;
import dev.quern.cpu.gemm.ExactFloats;
import dev.quern.cpu.gemm.PixelProduct;
import dev.quern.cpu.window.SlidingWindows;
import dev.quern.cpu.winograd.WeightGradient;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Lays the temporaries between convolutions and pools out with the channels of a position as neighbours (NHWC), where
/// every window on them can be said in that layout. Kernels stay what they are: only strides, offsets and the order of
/// a Map's loops change.
final class ChannelsLast {
    /// With fewer channels, as of an image, a convolution reads planes as quickly, and whatever makes them writes them
    /// quicker.
    private static final int LEAST_CHANNELS = 8;

    private final Program program;

    /// The temporaries that are laid out anew, by buffer.
    private final Map<Integer, Frame> frames = new HashMap<>();

    private ChannelsLast(Program program) {
        this.program = program;
    }

    /// How a buffer holds [n, channels, positions].
    private record Frame(int channels, int positions) {

        /// The frame of which `view`, [n, c, spatial…], is a window that has all positions.
        static Optional<Frame> of(View view, Buffer buffer) {
            int positions = 1;
            for (int axis = view.rank() - 1; axis >= 2; axis--) {
                if (view.dim(axis) != 1 && view.stride(axis) != positions) {
                    return Optional.empty();
                }
                positions *= view.dim(axis);
            }
            boolean whole = positions > 1
                    && view.dim(0) > 0
                    && buffer.length() % (view.dim(0) * positions) == 0
                    && view.offset() % positions == 0
                    && (view.dim(1) == 1 || view.stride(1) == positions);
            int channels = whole ? buffer.length() / positions / view.dim(0) : 0;
            boolean apart = whole && (view.dim(0) == 1 || view.stride(0) == channels * positions);
            return apart ? Optional.of(new Frame(channels, positions)) : Optional.empty();
        }

        /// The same elements in the new layout, or `null` where no strides say that.
        @Nullable
        View turned(View view) {
            int image = channels * positions;
            int channel = view.offset() % image / positions;
            int position = view.offset() % positions;
            int offset = view.offset() / image * image + position * channels + channel;
            int[] strides = new int[view.rank()];
            for (int axis = 0; axis < strides.length; axis++) {
                int stride = view.stride(axis);
                if (view.dim(axis) == 1 || stride == 0) {
                    continue;
                }
                int last = (view.dim(axis) - 1) * stride;
                if (stride < 0) {
                    return null;
                } else if (stride % image == 0) {
                    strides[axis] = stride;
                } else if (stride % positions == 0) {
                    strides[axis] = stride / positions;
                    channel += last / positions;
                } else {
                    strides[axis] = stride * channels;
                    position += last;
                }
            }
            boolean inside = channel < channels && position < positions;
            return inside ? View.of(view.buffer(), view.dtype(), offset, view.dims(), strides) : null;
        }
    }

    /// `program`, or the same with other layouts.
    static Program in(Program program) {
        ChannelsLast pass = new ChannelsLast(program);
        pass.begin();
        while (pass.spread()) {
            // to the operands of Maps between
        }
        while (pass.frames.keySet().removeIf(b -> !pass.keeps(b))) {
            // and what depends on them
        }
        return pass.frames.isEmpty() ? program : pass.rewritten();
    }

    private void begin() {
        for (Program.Step step : program.steps()) {
            switch (step.kernel()) {
                case Kernel.Convolve k -> {
                    if (likes(k)) {
                        if (!isOfImages(k)) {
                            frame(k.input());
                        }
                        frame(k.output());
                        if (isOfWeights(k)) {
                            frame(k.weights().permute(1, 0, 2, 3));
                        }
                    }
                }
                case Kernel.Window k -> {
                    if (SlidingWindows.fits(ExactFloats.likeFloats(k))) {
                        frame(k.input());
                        frame(k.output());
                    }
                }
                case Kernel.Map ignored -> {}
                case Kernel.Reduce ignored -> {}
                case Kernel.Contract ignored -> {}
                case Kernel.Gather ignored -> {}
                case Kernel.Scatter ignored -> {}
                case Kernel.Cumulate ignored -> {}
                case Kernel.Sort ignored -> {}
                case Kernel.Native ignored -> {}
            }
        }
    }

    /// Whether a convolution by constant weights reads few channels.
    private boolean isOfImages(Kernel.Convolve k) {
        return k.input().dim(1) < LEAST_CHANNELS && program.constant(k.weights().buffer()) != null;
    }

    /// Whether a convolution is the gradient of weights, which has the gradient of the output for weights, with images
    /// and channels exchanged.
    private static boolean isOfWeights(Kernel.Convolve k) {
        return k.weights().rank() == 4 && k.weights().dim(2) > k.output().dim(2);
    }

    /// Whether a convolution is quicker so.
    private boolean likes(Kernel.Convolve kernel) {
        Kernel.Convolve k = ExactFloats.likeFloats(kernel);
        Constant weights = program.constant(k.weights().buffer());
        return WeightGradient.suits(kernel)
                || (weights != null && SlidingWindows.fits(k))
                || (Convolutions.fits(k) && !PixelProduct.parts(k, weights).isEmpty());
    }

    /// Gives the buffer of `view` a frame, if it is a temporary without one.
    private boolean frame(View view) {
        Buffer buffer = program.buffers().get(view.buffer());
        if (!(buffer.role() instanceof Buffer.Temporary)
                || !isOfNumbers(buffer.dtype())
                || view.rank() < 3
                || frames.containsKey(view.buffer())) {
            return false;
        }
        Optional<Frame> frame = Frame.of(view, buffer);
        frame.ifPresent(f -> frames.put(view.buffer(), f));
        return frame.isPresent();
    }

    private static boolean isOfNumbers(DType type) {
        return type == DType.F32 || type == DType.I8 || type == DType.U8;
    }

    /// Positions along one axis, as nearest neighbours are resized.
    private static boolean takesOneAxis(Kernel.Gather k) {
        return k.addressing() == Kernel.Addressing.AXIS && k.indices().rank() == 1;
    }

    /// Gives frames to the other operands of Maps and Gathers that meet one that has one.
    private boolean spread() {
        boolean any = false;
        for (Program.Step step : program.steps()) {
            Kernel kernel = step.kernel();
            boolean passes = kernel instanceof Kernel.Map || (kernel instanceof Kernel.Gather k && takesOneAxis(k));
            if (passes && views(kernel).stream().anyMatch(this::isFramed)) {
                for (View view : views(kernel)) {
                    any |= frame(view);
                }
            }
        }
        return any;
    }

    private boolean isFramed(View view) {
        return frames.containsKey(view.buffer());
    }

    private static List<View> views(Kernel kernel) {
        List<View> all = new ArrayList<>(kernel.inputs());
        all.addAll(kernel.outputs());
        return all;
    }

    /// Whether every kernel can do with the new layout of a buffer.
    private boolean keeps(int buffer) {
        Frame frame = frames.get(buffer);
        IntPredicate isBuffer = b -> b == buffer;
        for (Program.Step step : program.steps()) {
            Kernel kernel = step.kernel();
            List<View> views = views(kernel);
            if (views.stream().noneMatch(v -> isBuffer.test(v.buffer()))) {
                continue;
            }
            boolean turns = frame != null
                    && views.stream().allMatch(v -> !isBuffer.test(v.buffer()) || frame.turned(v) != null);
            if (!turns || !takesAnyLayout(kernel) || !keepsPlaces(kernel, buffer)) {
                return false;
            }
        }
        return true;
    }

    private boolean takesAnyLayout(Kernel kernel) {
        return switch (kernel) {
            case Kernel.Map ignored -> true;
            case Kernel.Reduce ignored -> true;
            case Kernel.Convolve k -> likes(k);
            case Kernel.Window k -> SlidingWindows.fits(ExactFloats.likeFloats(k));
            case Kernel.Contract ignored -> false;
            case Kernel.Gather k -> takesOneAxis(k);
            case Kernel.Scatter ignored -> false;
            case Kernel.Cumulate ignored -> false;
            case Kernel.Sort ignored -> false;
            case Kernel.Native ignored -> false;
        };
    }

    /// A Map that writes over its operand must go on to meet each element at one place.
    private boolean keepsPlaces(Kernel kernel, int buffer) {
        if (!(kernel instanceof Kernel.Map) || !(program.role(buffer) instanceof Buffer.Temporary(int slot))) {
            return true;
        }
        return views(kernel).stream()
                .filter(v -> program.role(v.buffer()) instanceof Buffer.Temporary(int other) && other == slot)
                .allMatch(v -> frames.get(buffer) != null && frames.get(buffer).equals(frames.get(v.buffer())));
    }

    private Program rewritten() {
        List<Program.Step> steps = program.steps().stream()
                .map(s -> new Program.Step(loopsTurned(s.kernel().withViews(this::turned)), s.origins()))
                .toList();
        return new Program(program.buffers(), program.slots(), program.inputs(), program.outputs(), steps);
    }

    private View turned(View view) {
        Frame frame = frames.get(view.buffer());
        View turned = frame == null ? null : frame.turned(view);
        return turned == null ? view : turned;
    }

    /// A Map or a Gather whose result has its channels last goes through them last.
    private Kernel loopsTurned(Kernel kernel) {
        if (kernel.outputs().stream().noneMatch(this::isFramed)
                || kernel.outputs().getFirst().rank() < 3) {
            return kernel;
        }
        int rank = kernel.outputs().getFirst().rank();
        int[] order = new int[rank];
        for (int i = 1; i < rank - 1; i++) {
            order[i] = i + 1;
        }
        order[rank - 1] = 1;
        return switch (kernel) {
            case Kernel.Map map ->
                StraightLine.of(map.exprs()).steps().stream().anyMatch(s -> s.expr() instanceof Expr.Index)
                        ? map
                        : map.withViews(v -> v.permute(order));
            case Kernel.Gather k ->
                new Kernel.Gather(
                        k.data().permute(order),
                        k.indices(),
                        k.addressing(),
                        k.axis() == 0 ? 0 : k.axis() == 1 ? rank - 1 : k.axis() - 1,
                        k.output().permute(order));
            case Kernel.Reduce k -> k;
            case Kernel.Convolve k -> k;
            case Kernel.Window k -> k;
            case Kernel.Contract k -> k;
            case Kernel.Scatter k -> k;
            case Kernel.Cumulate k -> k;
            case Kernel.Sort k -> k;
            case Kernel.Native k -> k;
        };
    }
}
