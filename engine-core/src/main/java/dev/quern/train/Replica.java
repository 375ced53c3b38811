package dev.quern.train;

import dev.quern.backend.DeviceTensor;
import dev.quern.session.BoundGraph;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import dev.quern.train.StepGraph.Kind;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A copy of the model that learns on one device: parameters, what the optimizer keeps and gradients stay there; rows,
/// numbers and running statistics come and go.
final class Replica implements AutoCloseable {
    private static final int LOSS = 0;
    private static final int LENGTH = 1;
    private static final int METRICS = 2;

    /// Batches of so many shapes have their memory at once.
    private static final int SHAPES_KEPT = 4;

    private final TrainingDevice device;
    private final StepGraph step;
    private final StepPrograms programs;
    private final List<DeviceTensor> all = new ArrayList<>();
    private final List<DeviceTensor> parameters;
    private final List<DeviceTensor> kept;
    private final List<DeviceTensor> running;
    private final List<DeviceTensor> gradients;

    /// Where a batch writes: the gradients, or beside them where they are a sum.
    private final List<DeviceTensor> written;

    private final List<DeviceTensor> measured;
    private final List<DeviceTensor> nextRunning;
    private final List<DeviceTensor> number;
    private final List<DeviceTensor> scale;
    private final DeviceTensor share;
    private final List<DeviceTensor> factors;
    private final Map<List<TensorType>, Bound> bound = new LinkedHashMap<>(8, 0.75f, true);
    private final Optional<BoundGraph> sum;
    private final BoundGraph update;
    private final BoundGraph lengthOfGradients;
    private final BoundGraph lengthOfParameters;
    private final DeviceTensor length;
    private Optional<Bound> last = Optional.empty();

    /// The gradient's program for one shape of rows.
    ///
    /// @param rows the model's inputs, then the label
    /// @param operands all that it reads
    private record Bound(List<DeviceTensor> rows, List<DeviceTensor> operands, BoundGraph graph) {}

    /// What a part of a batch gives.
    ///
    /// @param loss of the part, not yet its share of the batch's
    /// @param length of its share of the gradient
    record Result(double loss, double length, List<Double> metrics) {}

    Replica(TrainingDevice device, StepGraph step, StepPrograms programs, Variables variables) {
        this.device = device;
        this.step = step;
        this.programs = programs;
        this.parameters = like(variables.of(Kind.PARAMETER));
        this.kept = like(variables.of(Kind.STATE, Kind.AVERAGE));
        this.running = like(variables.of(Kind.RUNNING));
        this.nextRunning = like(variables.of(Kind.RUNNING));
        this.gradients = like(variables.of(Kind.PARAMETER));
        this.written = step.sum().isPresent() ? like(variables.of(Kind.PARAMETER)) : gradients;
        this.measured = new ArrayList<>();
        for (int i = 0; i < step.gradient().outputs().size() - written.size() - running.size(); i++) {
            measured.add(scalar(step.gradient().outputs().get(i).dtype()));
        }
        this.number = step.takesStep() ? List.of(scalar(DType.I64)) : List.of();
        this.scale = variables.of(Kind.SCALE).isEmpty() ? List.of() : List.of(scalar(DType.F32));
        this.share = scalar(step.gradient().inputs().getLast().dtype());
        this.factors = new ArrayList<>();
        for (int i = 2 * parameters.size() + kept.size();
                i < step.update().inputs().size();
                i++) {
            factors.add(scalar(step.factorType()));
        }
        this.length = scalar(step.factorType());
        this.update = programs.update().bind(joined(parameters, gradients, kept, factors), joined(parameters, kept));
        this.lengthOfGradients = programs.length().bind(gradients, List.of(length));
        this.lengthOfParameters = programs.length().bind(parameters, List.of(length));
        this.sum = programs.sum().map(g -> g.bind(joined(gradients, written), joined(List.of(length), gradients)));
    }

    private DeviceTensor scalar(DType dtype) {
        return allocate(Type.tensor(dtype));
    }

    private DeviceTensor allocate(TensorType type) {
        DeviceTensor made = device.backend().allocate(type);
        all.add(made);
        return made;
    }

    private List<DeviceTensor> like(List<Tensor> tensors) {
        return tensors.stream().map(t -> allocate(t.type())).toList();
    }

    @SafeVarargs
    private static List<DeviceTensor> joined(List<DeviceTensor>... lists) {
        List<DeviceTensor> joined = new ArrayList<>();
        for (List<DeviceTensor> list : lists) {
            joined.addAll(list);
        }
        return joined;
    }

    TrainingDevice device() {
        return device;
    }

    List<DeviceTensor> gradients() {
        return gradients;
    }

    /// Begins from these variables.
    void take(Variables variables) {
        write(parameters, variables.of(Kind.PARAMETER));
        write(kept, variables.of(Kind.STATE, Kind.AVERAGE));
    }

    /// Brings variables up to date.
    void give(Variables variables) {
        read(parameters, variables.of(Kind.PARAMETER));
        read(kept, variables.of(Kind.STATE, Kind.AVERAGE));
    }

    /// Reads the running statistics that the last part has made.
    void giveRunning(List<Tensor> to) {
        read(nextRunning, to);
    }

    private static void write(List<DeviceTensor> to, List<Tensor> from) {
        for (int i = 0; i < to.size(); i++) {
            to.get(i).write(from.get(i));
        }
    }

    private static void read(List<DeviceTensor> from, List<Tensor> to) {
        for (int i = 0; i < from.size(); i++) {
            Tensor came = from.get(i).read();
            System.arraycopy(came.array(), 0, to.get(i).array(), 0, came.length());
        }
    }

    /// Computes its share of the gradient of a batch.
    ///
    /// @param turn decides what dropout drops
    /// @param weight the part's share of the batch's loss
    /// @param statistics the running ones
    /// @param lossScale where there is one
    Result gradient(Steps.Part part, long turn, double weight, List<Tensor> statistics, Optional<Tensor> lossScale) {
        List<Tensor> rows = new ArrayList<>(part.inputs());
        rows.add(part.label());
        Bound of = bound(rows);
        last = Optional.of(of);
        write(of.rows(), rows);
        number.forEach(t -> t.write(Tensor.scalar(DType.I64, turn)));
        write(running, statistics);
        scale.forEach(t -> t.write(lossScale.orElseThrow()));
        share.write(Tensor.scalar(share.type().dtype(), weight));
        of.graph().run();
        List<Double> numbers = measured.stream().map(Replica::number).toList();
        return new Result(numbers.get(LOSS), numbers.get(LENGTH), numbers.subList(METRICS, numbers.size()));
    }

    private Bound bound(List<Tensor> rows) {
        List<TensorType> types = rows.stream().map(Tensor::type).toList();
        Bound there = bound.get(types);
        if (there != null) {
            return there;
        }
        if (bound.size() == SHAPES_KEPT) {
            Iterator<Bound> eldest = bound.values().iterator();
            close(eldest.next());
            eldest.remove();
        }
        List<DeviceTensor> places =
                types.stream().map(device.backend()::allocate).toList();
        int label = places.size() - 1;
        List<DeviceTensor> operands = joined(
                places.subList(0, label),
                number,
                places.subList(label, places.size()),
                parameters,
                running,
                scale,
                List.of(share));
        BoundGraph graph = programs.gradient().bind(operands, joined(measured, written, nextRunning));
        Bound made = new Bound(places, operands, graph);
        bound.put(types, made);
        return made;
    }

    private static void close(Bound of) {
        of.graph().close();
        of.rows().forEach(DeviceTensor::close);
    }

    /// What the gradient was last computed from.
    List<Tensor> lastOperands() {
        return last.orElseThrow().operands().stream().map(DeviceTensor::read).toList();
    }

    /// Adds what a batch has written to the gradients of the step, where that is another place; nothing where the
    /// device had no part in it.
    void accumulate(boolean hadPart, boolean first) {
        boolean isSum = sum.isPresent();
        if (isSum ? first : !hadPart) {
            gradients.forEach(
                    t -> t.write(Tensor.zeros(t.type().dtype(), t.type().shape())));
        }
        if (hadPart) {
            sum.ifPresent(BoundGraph::run);
        }
    }

    double lengthOfGradients() {
        lengthOfGradients.run();
        return number(length);
    }

    /// A number that is the same where the parameters are; seldom else.
    double lengthOfParameters() {
        lengthOfParameters.runToTheEnd();
        return number(length);
    }

    private static double number(DeviceTensor scalar) {
        return scalar.read().getDouble(0);
    }

    void update(double... scalars) {
        for (int i = 0; i < scalars.length; i++) {
            factors.get(i).write(Tensor.scalar(step.factorType(), scalars[i]));
        }
        update.runToTheEnd();
    }

    @Override
    public void close() {
        bound.values().forEach(Replica::close);
        sum.ifPresent(BoundGraph::close);
        update.close();
        lengthOfGradients.close();
        lengthOfParameters.close();
        all.forEach(DeviceTensor::close);
    }
}
