package dev.quern.op;

import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Optional;

/// Operators on values that may be absent.
public sealed interface Optionals extends HostOp {

    /// The operand as an optional, or, without one, the absence of an `element`. ONNX Optional, opset 15.
    record OptionalOf(Type element) implements Optionals {
        @Override
        public String name() {
            return "Optional";
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(0, 1);
            return List.of(new Type.OptionalType(in.size() == 1 ? in.type(0) : element));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            return List.of(
                    in.isEmpty()
                            ? new Datum.Maybe(element, Optional.empty())
                            : new Datum.Maybe(in.getFirst().type(), Optional.of(in.getFirst())));
        }
    }

    /// Whether the operand is there, a scalar `bool`; what is no optional is there. ONNX OptionalHasElement, opset
    /// 18.
    record OptionalHasElement() implements Optionals {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(0, 1);
            return List.of(Type.tensor(DType.BOOL));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            boolean there = !in.isEmpty()
                    && !(in.getFirst() instanceof Datum.Maybe m && m.value().isEmpty());
            return List.of(Tensor.scalar(DType.BOOL, there ? 1L : 0L));
        }
    }

    /// The element of an optional; what is no optional is its own element. ONNX OptionalGetElement, opset 18.
    record OptionalGetElement() implements Optionals {
        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1, 1);
            return List.of(in.type(0) instanceof Type.OptionalType(Type element) ? element : in.type(0));
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            if (in.getFirst() instanceof Datum.Maybe m) {
                return List.of(m.value().orElseThrow(() -> new ShapeException("the optional has no element")));
            }
            return in;
        }
    }
}
