package dev.quern.op;

import dev.quern.graph.Graph;
import dev.quern.graph.HasBodies;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Branches and loops. Bodies capture nothing: the outer values that they use are the node's last operands and the
/// body's last inputs.
public sealed interface ControlFlow extends HostOp, HasBodies {

    /// The same with other bodies, which take and give what these do.
    ControlFlow with(List<Graph> bodies);

    /// Through the bodies, where all that lies in them has a gradient.
    @Override
    default boolean isDifferentiable() {
        return true;
    }

    /// Runs `then` or `otherwise` as operand 0 (a `bool`) says. The other operands are what `then` captured, then
    /// what `otherwise` captured. ONNX If, opset 25.
    record If(Graph then, Graph otherwise) implements ControlFlow {
        @Override
        public List<Graph> bodies() {
            return List.of(then, otherwise);
        }

        @Override
        public If with(List<Graph> bodies) {
            return new If(bodies.get(0), bodies.get(1));
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(1 + then.inputs().size() + otherwise.inputs().size(), Integer.MAX_VALUE);
            in.require(0, DType.BOOL);
            if (then.outputs().size() != otherwise.outputs().size()) {
                throw new ShapeException("both branches must give as many values, not "
                        + then.outputs().size() + " and " + otherwise.outputs().size());
            }
            List<Type> types = new ArrayList<>();
            for (int i = 0; i < then.outputs().size(); i++) {
                types.add(join(
                        then.outputs().get(i).type(), otherwise.outputs().get(i).type()));
            }
            return types;
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            boolean condition = in.getFirst().asTensor().getLong(0) != 0;
            int split = 1 + then.inputs().size();
            return condition ? host.run(then, in.subList(1, split)) : host.run(otherwise, in.subList(split, in.size()));
        }
    }

    /// Repeats `body` while a condition holds, at most as often as a trip count says.
    ///
    /// Operands: the trip count (i64, only where `counted`), the condition (`bool`, only where `conditional`),
    /// `carried` values that go from iteration to iteration, then what the body captured. Inputs of the body: the
    /// iteration number, the condition, the carried values, the captured ones; outputs: the condition, the carried
    /// values, and elements of the scan outputs. Results: the carried values, then each scan output stacked along a
    /// new first axis. ONNX Loop, opset 25.
    record Loop(Graph body, boolean counted, boolean conditional, int carried) implements ControlFlow {
        @Override
        public List<Graph> bodies() {
            return List.of(body);
        }

        @Override
        public Loop with(List<Graph> bodies) {
            return new Loop(bodies.getFirst(), counted, conditional, carried);
        }

        private int firstCarried() {
            return (counted ? 1 : 0) + (conditional ? 1 : 0);
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(
                    firstCarried() + body.inputs().size() - 2,
                    firstCarried() + body.inputs().size() - 2);
            List<Type> types = new ArrayList<>();
            for (int i = 0; i < carried; i++) {
                types.add(join(
                        in.type(firstCarried() + i), body.outputs().get(1 + i).type()));
            }
            for (Value v : body.outputs().subList(1 + carried, body.outputs().size())) {
                types.add(Stacking.type(v.type(), 0, Dim.UNKNOWN));
            }
            return types;
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            long trips = counted ? in.getFirst().asTensor().getLong(0) : Long.MAX_VALUE;
            boolean goOn = !conditional || in.get(counted ? 1 : 0).asTensor().getLong(0) != 0;
            List<Datum> state = new ArrayList<>(in.subList(firstCarried(), firstCarried() + carried));
            List<Datum> captured = in.subList(firstCarried() + carried, in.size());
            List<Stacking> scans = Stacking.of(
                    body.outputs().subList(1 + carried, body.outputs().size()), 0, false);
            Unrolling unrolling = new Unrolling(body, carried);
            Optional<Graph> several = unrolling.times() > 1
                            && trips > 2L * unrolling.times()
                            && Unrolling.isLittle(in.subList(firstCarried(), in.size()))
                    ? host.derived(body, unrolling::graph)
                    : Optional.empty();
            long step;
            for (long i = 0; i < trips && goOn; i += step) {
                host.checkCancelled();
                boolean isSeveral = several.isPresent() && trips - i >= unrolling.times();
                step = isSeveral ? unrolling.times() : 1;
                List<Datum> arguments = new ArrayList<>(List.of(Tensor.scalar(DType.I64, i), condition(true)));
                arguments.addAll(state);
                arguments.addAll(captured);
                List<Datum> results = host.run(isSeveral ? several.get() : body, arguments);
                goOn = results.getFirst().asTensor().getLong(0) != 0;
                state = results.subList(1, 1 + carried);
                for (int t = 0; t < step; t++) {
                    int from = 1 + carried + t * scans.size();
                    Stacking.addAll(scans, results.subList(from, from + scans.size()));
                }
            }
            List<Datum> out = new ArrayList<>(state);
            scans.forEach(s -> out.add(s.stacked()));
            return out;
        }
    }

    /// Runs `body` once for each slice of its scan operands.
    ///
    /// Operands: `states` values that go from iteration to iteration, the scanned tensors, then what the body
    /// captured. Results: the states, then each scan output stacked. A direction of 1 walks from the end. ONNX
    /// Scan, opset 25.
    ///
    /// @param axes the axis along which each scanned operand is cut
    /// @param outputAxes the axis along which each scan output is stacked
    record Scan(
            Graph body,
            int states,
            List<Integer> axes,
            List<Integer> directions,
            List<Integer> outputAxes,
            List<Integer> outputDirections)
            implements ControlFlow {
        @Override
        public List<Graph> bodies() {
            return List.of(body);
        }

        @Override
        public Scan with(List<Graph> bodies) {
            return new Scan(bodies.getFirst(), states, axes, directions, outputAxes, outputDirections);
        }

        private int scanned() {
            return axes.size();
        }

        /// Each scanned tensor and each scan output needs an axis and a direction, and one tensor must be
        /// scanned.
        private void requireLists(int operands) {
            int outputs = body.outputs().size() - states;
            if (axes.isEmpty() || directions.size() != axes.size() || states < 0 || states + axes.size() > operands) {
                throw new ShapeException("Scan: " + operands + " operands of which " + states
                        + " are states, with axes " + axes + " and directions " + directions
                        + "; each scanned tensor needs one of each, and there must be one");
            }
            if (outputAxes.size() != outputs || outputDirections.size() != outputs) {
                throw new ShapeException("Scan: " + outputs + " scan outputs need as many axes and directions, not "
                        + outputAxes + " and " + outputDirections);
            }
        }

        @Override
        public List<Type> infer(Operands in) {
            in.requireSize(body.inputs().size(), body.inputs().size());
            requireLists(in.size());
            Dim length = Dim.UNKNOWN;
            for (int i = 0; i < scanned(); i++) {
                Shape s = in.shape(states + i);
                length = s.isRanked() ? length.unify(s.dim(axes.get(i))) : length;
            }
            List<Type> types = new ArrayList<>();
            for (int i = 0; i < states; i++) {
                types.add(join(in.type(i), body.outputs().get(i).type()));
            }
            for (int i = states; i < body.outputs().size(); i++) {
                types.add(Stacking.type(body.outputs().get(i).type(), outputAxes.get(i - states), length));
            }
            return types;
        }

        @Override
        public List<Datum> evaluate(Host host, List<Datum> in) {
            List<Datum> state = new ArrayList<>(in.subList(0, states));
            List<Datum> captured = in.subList(states + scanned(), in.size());
            List<Stacking> scans = new ArrayList<>();
            for (int i = states; i < body.outputs().size(); i++) {
                boolean reversed = outputDirections.get(i - states) == 1;
                scans.addAll(Stacking.of(List.of(body.outputs().get(i)), outputAxes.get(i - states), reversed));
            }
            Tensor first = in.get(states).asTensor();
            long length = first.shape().dim(axes.getFirst()).extent();
            for (long i = 0; i < length; i++) {
                host.checkCancelled();
                List<Datum> arguments = new ArrayList<>(state);
                for (int s = 0; s < scanned(); s++) {
                    long at = directions.get(s) == 1 ? length - 1 - i : i;
                    arguments.add(Stacking.slice(in.get(states + s).asTensor(), axes.get(s), at));
                }
                arguments.addAll(captured);
                List<Datum> results = host.run(body, arguments);
                state = results.subList(0, states);
                Stacking.addAll(scans, results.subList(states, results.size()));
            }
            List<Datum> out = new ArrayList<>(state);
            scans.forEach(s -> out.add(s.stacked()));
            return out;
        }
    }

    private static Tensor condition(boolean value) {
        return Tensor.scalar(DType.BOOL, value ? 1L : 0L);
    }

    /// What is common to two types that one value may have: dims that differ become unknown.
    private static Type join(Type a, Type b) {
        if (a instanceof Type.TensorType(DType dtype, Shape s) && b instanceof Type.TensorType(DType other, Shape t)) {
            if (dtype != other) {
                throw new ShapeException("one value cannot be both " + a + " and " + b);
            }
            return Type.tensor(dtype, join(s, t));
        }
        return a;
    }

    private static Shape join(Shape s, Shape t) {
        if (!s.isRanked() || !t.isRanked() || s.rank() != t.rank()) {
            return Shape.UNRANKED;
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(s.rank(), Dim.UNKNOWN));
        for (int i = 0; i < dims.size(); i++) {
            if (s.dim(i).equals(t.dim(i))) {
                dims.set(i, s.dim(i));
            }
        }
        return Shape.of(dims);
    }
}
