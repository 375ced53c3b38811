package dev.quern.op;

import dev.quern.graph.Evaluator;
import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Op;
import dev.quern.graph.Operands;
import dev.quern.tensor.Complex;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// What little is computed with complex numbers, on the host. Operators that only move elements take them as they are
/// ([MapOp]), and so do those that count, choose or add them one by one ([DataDependent], [Scattering]).
public sealed interface Complexes extends HostOp {

    /// An operator whose result is linear in operand 0, done to real and imaginary parts alone: interpolation (ONNX
    /// Resize, Upsample, GridSample) and sums of overlapping blocks (Col2Im).
    ///
    /// @param real what is done to the real parts
    /// @param imaginary what is done to the imaginary parts: the same, but without a constant that it may bring in
    record PartByPart(Op real, Op imaginary) implements Complexes {
        /// The operators part by part where operand 0 is complex, else the first one.
        public static Op where(DType operand, Op real, Op imaginary) {
            return operand.isComplex() ? new PartByPart(real, imaginary) : real;
        }

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public Set<Integer> shapeOperands() {
            return real.shapeOperands();
        }

        @Override
        public List<Type> infer(Operands in) {
            DType complex = in.dtype(0);
            Type part = Type.tensor(complex.partType(), in.shape(0));
            return real.infer(new Parts(in, part)).stream()
                    .<Type>map(t -> Type.tensor(complex, t.asTensor().shape()))
                    .toList();
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor re = part(real, in, Tensor::real);
            Tensor im = part(imaginary, in, Tensor::imaginary);
            return List.of(Tensor.complex(re, im));
        }

        private static Tensor part(Op op, List<Datum> in, UnaryOperator<Tensor> which) {
            List<Datum> operands = new ArrayList<>(in);
            operands.set(0, which.apply(in.getFirst().asTensor()));
            return new Evaluator().evaluate(op, operands).getFirst().asTensor();
        }

        static Stream<Example> examples() {
            Op smooth = new Resize(
                    Interpolation.of(Interpolation.Method.LINEAR, Interpolation.Coordinates.HALF_PIXEL),
                    List.of(),
                    Resize.Aspect.STRETCH);
            Op sums = new Unfolding.Col2Im(Sliding.PLAIN);
            return Stream.of(
                    Example.of(
                            new PartByPart(smooth, smooth),
                            Example.operand(DType.C64, 1, 1, 2, 3),
                            Example.longs(1, 1, 3, 5)),
                    Example.of(
                            new PartByPart(sums, sums),
                            Example.operand(DType.C128, 1, 5, 5),
                            Example.longs(5, 5),
                            Example.longs(1, 5)));
        }
    }

    /// The operands of an operator with the parts of operand 0 in place of it.
    record Parts(Operands all, Type part) implements Operands {
        @Override
        public int size() {
            return all.size();
        }

        @Override
        public Type type(int i) {
            return i == 0 ? part : all.type(i);
        }

        @Override
        public Optional<Tensor> value(int i) {
            return i == 0 ? Optional.empty() : all.value(i);
        }
    }

    /// Complex numbers by their bits as a type of the same width, or such a type as complex numbers: of the 64 bits
    /// of a `c64`, the low half is the real part. ONNX BitCast, opset 26.
    record BitCast(DType to) implements Complexes {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            if (in.dtype(0).bits() != to.bits()) {
                throw new ShapeException("elements of " + to.bits() + " bits are needed, not " + in.tensor(0));
            }
            return List.of(Type.tensor(to, in.shape(0)));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            Tensor x = in.getFirst().asTensor();
            if (x.dtype() == to) {
                return List.of(x);
            }
            return List.of(to.isComplex() ? complex(words(x, DType.I64)) : words(bits(x), to));
        }

        /// Words whose low half is the bits of the real part.
        private static Tensor bits(Tensor x) {
            Tensor words = Tensor.zeros(DType.I64, x.shape());
            for (int i = 0; i < x.length(); i++) {
                Complex c = x.getComplex(i);
                words.elements().set(i, bits(c.re()) | bits(c.im()) << Integer.SIZE);
            }
            return words;
        }

        private static Tensor complex(Tensor words) {
            Tensor out = Tensor.zeros(DType.C64, words.shape());
            for (int i = 0; i < words.length(); i++) {
                long word = words.getLong(i);
                float im = Float.intBitsToFloat((int) (word >>> Integer.SIZE));
                out.elements().set(i, new Complex(Float.intBitsToFloat((int) word), im));
            }
            return out;
        }

        private static long bits(double part) {
            return Integer.toUnsignedLong(Float.floatToRawIntBits((float) part));
        }

        private static Tensor words(Tensor x, DType to) {
            return x.dtype() == to
                    ? x
                    : new Casting.BitCast(to).evaluate(List.of(x)).getFirst();
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new BitCast(DType.U64), Example.operand(DType.C64, 2, 3)),
                    Example.of(new BitCast(DType.F64), Example.operand(DType.C64, 4)),
                    Example.of(new BitCast(DType.C64), Example.operand(DType.I64, 4)),
                    Example.of(new BitCast(DType.C128), Example.operand(DType.C128, 2)));
        }
    }
}
