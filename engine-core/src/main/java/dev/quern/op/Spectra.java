package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Spectra of signals. The last axis of an operand or a result is a number: its real part, or that and its imaginary
/// part. 16-bit floats are computed in `f32`.
public sealed interface Spectra extends CompositeOp {

    /// The discrete Fourier transform along the axis that operand 1 names, or the inverse one. Operand 2, if there
    /// is one, is the length: the signal is cut or padded with zeros to it. Where `onesided`, the spectrum of a
    /// real signal holds the n / 2 + 1 numbers from which the others follow, and an inverse transform takes those
    /// and gives real numbers. ONNX DFT, opset 20.
    record DFT(boolean inverse, boolean onesided) implements Spectra {
        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1, 2);
        }

        private boolean toReal() {
            return inverse && onesided;
        }

        private Dim length(Operands in, Dim given) {
            if (in.size() > 2) {
                return in.longs(2).map(n -> Dim.of(n[0])).orElse(Dim.UNKNOWN);
            }
            return !toReal() ? given : given.isFixed() ? Dim.of(2 * (given.extent() - 1)) : Dim.UNKNOWN;
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(2, 3);
            in.require(0, DType.F16, DType.BF16, DType.F32, DType.F64);
            Shape x = in.shape(0);
            if (!x.isRanked()) {
                return List.of(Type.tensor(in.dtype(0), x));
            }
            Optional<Integer> axis = axis(in);
            boolean real = x.dim(-1).is(1);
            if ((x.dim(-1).isFixed() && !real && !x.dim(-1).is(2))
                    || (onesided && !inverse && x.dim(-1).is(2))) {
                throw new ShapeException("the last axis must be 1 (real numbers) or 2 (complex ones, not where only one"
                        + " side of a spectrum is asked for), not that of " + in.tensor(0));
            }
            if (axis.isEmpty()) {
                return List.of(Type.tensor(in.dtype(0), Shape.ofRank(x.rank())));
            }
            int at = axis.get();
            Dim n = length(in, x.dim(at));
            boolean half = onesided && !inverse;
            Dim count = !half ? n : n.isFixed() ? Dim.of(n.extent() / 2 + 1) : Dim.UNKNOWN;
            Shape out = x.with(at, count).with(x.rank() - 1, Dim.of(toReal() ? 1 : 2));
            return List.of(Type.tensor(in.dtype(0), out));
        }

        private static Optional<Integer> axis(Operands in) {
            Shape x = in.shape(0);
            Optional<Integer> axis = in.longs(1).map(a -> x.axis(a[0]));
            if (axis.isPresent() && axis.get() == x.rank() - 1) {
                throw new ShapeException("the last axis of " + x + " holds the parts of a number, not a signal");
            }
            return axis;
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = in.getFirst();
            Operands known = g.operands(in);
            int at = axis(known).orElseThrow(() -> new ShapeException("the axis of a Fourier transform must be known"));
            Dim length = length(known, x.shape().dim(at));
            Dim parts = x.shape().dim(-1);
            if (!length.isFixed() || !parts.isFixed() || !x.shape().dim(at).isFixed()) {
                throw new ShapeException("the length of a Fourier transform must be known, unlike that of " + x.type());
            }
            int n = (int) length.extent();
            Formula f = new Formula(g);
            List<Integer> order = new ArrayList<>(
                    IntStream.range(0, x.rank()).filter(i -> i != at).boxed().toList());
            order.add(x.rank() - 2, at);
            Value moved = g.apply(new Arranging.Transpose(order), Normalizations.wide(g, x));
            Value y = transform(f, framed(f, moved, toReal() ? n / 2 + 1 : n), n, (int) parts.extent());
            Value outer = f.dims(moved, 0, x.rank() - 2);
            Value shaped = f.reshape(y, f.shape(outer, g.longs(-1, toReal() ? 1 : 2)));
            int[] back = IntStream.range(0, x.rank()).map(order::indexOf).toArray();
            return List.of(Normalizations.narrow(g, f.transpose(shaped, back), x));
        }

        /// Cut or padded to `n` numbers.
        private static Value framed(Formula f, Value x, int n) {
            int at = x.rank() - 2;
            long more = n - x.shape().dim(at).extent();
            return more == 0 ? x : f.pad(x, at, f.g().longs(0), f.g().longs(more), 0);
        }

        private Value transform(Formula f, Value x, int n, int parts) {
            Dft dft = new Dft(f, x.dtype(), inverse ? 1 : -1);
            Value y;
            if (toReal()) {
                Value pairs = parts == 2 ? x : f.concat(x.rank() - 1, x, f.mul(x, 0));
                y = dft.toReal(f.reshape(pairs, -1, 2L * (n / 2 + 1)), n);
            } else if (parts == 2) {
                y = dft.complex(f.reshape(x, -1, 2L * n), n);
            } else {
                y = dft.real(f.reshape(x, -1, n), n, onesided ? n / 2 + 1 : n);
            }
            return inverse ? f.div(y, n) : y;
        }

        static Stream<Example> examples() {
            Stream<Example> short_ = Stream.of(
                    Example.of(new DFT(false, false), Example.f32(2, 5, 3, 1), Example.longs(1)),
                    Example.of(new DFT(false, true), Example.f32(2, 6, 1), Example.longs(-2), Example.longs(8)),
                    Example.of(new DFT(true, false), Example.f32(7, 2, 2), Example.longs(0), Example.longs(4)),
                    Example.of(new DFT(true, true), Example.f32(2, 4, 2), Example.longs(1)),
                    Example.of(new DFT(true, true), Example.f32(2, 4, 2), Example.longs(1), Example.longs(7)),
                    Example.of(new DFT(true, true), Example.f32(2, 1, 1), Example.longs(1), Example.longs(1)),
                    Example.of(
                            new DFT(false, false),
                            Example.operand(DType.F16, 4, 1).notDifferentiable(),
                            Example.longs(0)));
            Stream<Example> long_ = Stream.of(
                    Example.of(new DFT(false, true), Example.f32(2, 600, 1), Example.longs(1)),
                    Example.of(new DFT(true, false), Example.f32(1031, 2), Example.longs(0)));
            return Stream.concat(short_, long_);
        }
    }

    /// The spectra of windows of a signal, `frame step` apart: `[B,frames,numbers,2]`. Operands: signals `[B,L,1]`, or
    /// `[B,L,2]` where they are complex; the step, then those of [Given] that are there. ONNX STFT, opset 17.
    record STFT(boolean onesided, Set<Given> given) implements Spectra {

        /// Operands that may be left out, in their order.
        public enum Given {
            /// Weights of the window's positions.
            WINDOW,
            /// How long a window is.
            LENGTH
        }

        public STFT {
            given = Set.copyOf(given);
        }

        @Override
        public Set<Integer> shapeOperands() {
            return given.contains(Given.LENGTH) ? Set.of(1, 1 + given.size()) : Set.of(1);
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Formula f = new Formula(g);
            Value signal = in.getFirst();
            Value step = scalar(f, in.get(1));
            Optional<Value> window = given.contains(Given.WINDOW) ? Optional.of(in.get(2)) : Optional.empty();
            Value length = given.contains(Given.LENGTH)
                    ? scalar(f, in.getLast())
                    : scalar(f, window.map(w -> f.dim(w, 0)).orElseGet(() -> f.dim(signal, 1)));
            Value zero = g.scalar(DType.I64, 0);
            Value last = f.add(f.sub(scalar(f, f.dim(signal, 1)), length), 1);
            Value firsts = g.apply(new Generators.Range(), zero, last, step);
            Value within = g.apply(new Generators.Range(), zero, length, g.scalar(DType.I64, 1));
            Value frames = f.gather(signal, 1, f.add(f.unsqueeze(firsts, 1), within));
            Value weighted = window.map(w -> f.mul(frames, f.unsqueeze(w, 1))).orElse(frames);
            return g.apply(new DFT(false, onesided), List.of(weighted, g.longs(2)));
        }

        private static Value scalar(Formula f, Value v) {
            return f.g().apply(new Shaping.Reshape(), f.cast(v, DType.I64), f.g().longs());
        }

        static Stream<Example> examples() {
            Example.Operand step = Example.fixed(Tensor.scalar(DType.I64, 3L)).asConstant();
            Example.Operand length = Example.fixed(Tensor.scalar(DType.I64, 4L)).asConstant();
            return Stream.of(
                    Example.of(new STFT(true, Set.of(Given.WINDOW)), Example.f32(2, 11, 1), step, Example.f32(5)),
                    Example.of(new STFT(false, Set.of(Given.LENGTH)), Example.f32(2, 10, 2), step, length),
                    Example.of(
                            new STFT(true, Set.of(Given.values())), Example.f32(1, 9, 1), step, Example.f32(4), length),
                    Example.of(new STFT(true, Set.of()), Example.f32(1, 4, 1), step));
        }
    }
}
