package dev.quern.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.BackendException;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.device.Accelerator;
import dev.quern.device.DeviceBackend;
import dev.quern.device.DeviceMemory;
import dev.quern.device.Queue;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Products.MatMul;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Collection;
import java.util.List;
import org.jocl.CLException;
import org.jocl.cl_mem;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A device that is lost in the middle of a run, by a driver that fails from some call on.
@EnabledIf(value = "dev.quern.opencl.DeviceConformance#hasDevice", disabledReason = "no OpenCL device here")
class VanishingDeviceTest {

    /// A device whose driver fails once `calls` calls are done.
    private static final class Vanishing implements Accelerator<cl_mem> {
        private final Accelerator<cl_mem> real =
                OpenClAccelerator.compiling(Device.compiling().getFirst());
        private int calls;

        Vanishing(int calls) {
            this.calls = calls;
        }

        private void called() {
            if (--calls < 0) {
                throw new CLException("CL_DEVICE_NOT_AVAILABLE");
            }
        }

        @Override
        public String backend() {
            return real.backend();
        }

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public boolean hasDoubles() {
            return real.hasDoubles();
        }

        @Override
        public Target target() {
            return real.target();
        }

        @Override
        public long workAtOnce() {
            return real.workAtOnce();
        }

        @Override
        public DeviceMemory<cl_mem> memory() {
            return real.memory();
        }

        @Override
        public Hold build(Collection<Launch> launches) {
            return real.build(launches);
        }

        @Override
        public RuntimeException explained(RuntimeException thrown) {
            return real.explained(thrown);
        }

        @Override
        public Queue<cl_mem> newQueue() {
            Queue<cl_mem> queue = real.newQueue();
            return new Queue<>() {
                @Override
                public void write(Object array, long bytes, cl_mem to) {
                    called();
                    queue.write(array, bytes, to);
                }

                @Override
                public void read(cl_mem from, long offset, Object array, long bytes) {
                    called();
                    queue.read(from, offset, array, bytes);
                }

                @Override
                public Call prepare(Launch launch, cl_mem status, int step, List<cl_mem> arrays) {
                    return queue.prepare(launch, status, step, arrays);
                }

                @Override
                public Batch batch(List<Part> parts) {
                    Batch batch = queue.batch(parts);
                    return () -> {
                        called();
                        batch.enqueue();
                    };
                }

                @Override
                public void finish() {
                    called();
                    queue.finish();
                }

                @Override
                public void close() {
                    queue.close();
                }
            };
        }
    }

    private static Graph network() {
        GraphBuilder g = new GraphBuilder("g");
        Value x = g.input("x", Type.tensor(DType.F32, 3, 3));
        g.output("y", g.apply(Activations.RELU, g.apply(new MatMul(), x, x)));
        return g.build();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void endsInATypedErrorAndTheModelCanBeClosed(int calls) {
        Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3);
        ModelOptions options = ModelOptions.defaults();
        try (Model model = Model.of(network(), options.backend(new DeviceBackend<>(new Vanishing(calls))))) {
            for (int run = 0; run < 2; run++) {
                assertThatThrownBy(() -> {
                            model.run(x);
                            model.run(x);
                        })
                        .isInstanceOf(BackendException.class)
                        .hasMessageContaining("CL_DEVICE_NOT_AVAILABLE");
            }
        }
        try (Model next = Model.of(
                network(), options.backend(new OpenClBackend(Device.compiling().getFirst())))) {
            assertThat(next.run(x).getFloat(0)).isEqualTo(30);
        }
    }
}
