package dev.quern.train;

import dev.quern.backend.Backend;
import dev.quern.backend.BackendException;
import dev.quern.backend.DeviceTensor;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.kernel.Program;
import dev.quern.reference.ReferenceBackend;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// Devices that fail, or are looked at.
class Faulty implements Backend {
    private final Backend own = new ReferenceBackend();
    private final List<DeviceTensor> allocated = new ArrayList<>();

    @Override
    public String name() {
        return own.name();
    }

    @Override
    public DeviceTensor allocate(TensorType type) {
        DeviceTensor tensor = Backend.super.allocate(type);
        allocated.add(tensor);
        return tensor;
    }

    /// The elements of the tensors that were allocated first.
    List<Double> elements(int tensors) {
        return allocated.subList(0, tensors).stream()
                .map(DeviceTensor::read)
                .flatMap(t -> IntStream.range(0, t.length()).mapToObj(t::getDouble))
                .toList();
    }

    /// After each run.
    void ran(List<Tensor> outputs) {}

    @Override
    public Executable compile(Program program, Settings settings) {
        Executable executable = own.compile(program, settings);
        return new Executable() {
            @Override
            public Frame newFrame(RunControl control) {
                return executable.newFrame(control);
            }

            @Override
            public void run(Frame frame, List<Tensor> inputs, List<Tensor> outputs, RunControl control) {
                executable.run(frame, inputs, outputs, control);
                ran(outputs);
            }
        };
    }

    /// Lost after some runs.
    static final class Lost extends Faulty {
        private final AtomicInteger left;

        Lost(int runs) {
            left = new AtomicInteger(runs);
        }

        @Override
        void ran(List<Tensor> outputs) {
            if (left.decrementAndGet() < 0) {
                throw new BackendException("reference: the device is lost");
            }
        }
    }

    /// Wrong in what it computes last in each program of several results.
    static final class Drifting extends Faulty {
        @Override
        void ran(List<Tensor> outputs) {
            if (outputs.size() > 1) {
                Tensor last = outputs.getLast();
                last.elements().set(0, 2 * last.getDouble(0));
            }
        }
    }

    /// Of another kind.
    static final class Renamed extends Faulty {
        @Override
        public String name() {
            return "another";
        }
    }
}
