package dev.quern.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backend;
import dev.quern.backend.Backends;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.device.Accelerator;
import dev.quern.device.DeviceBackend;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Products.MatMul;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.Losses;
import dev.quern.train.Trainer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jocl.cl_mem;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The step of an optimizer is one launch for all parameters whose arguments fit, with the results of one for each.
@EnabledIf(
        value = "dev.quern.opencl.DeviceConformance#hasDevice",
        disabledReason = "no OpenCL device here: install pocl-opencl-icd and ocl-icd-libopencl1")
class JoinedUpdatesTest {
    private static final int LAYERS = 6;

    private final Random random = new Random(12);
    private final List<Launch> built = new ArrayList<>();

    private Tensor numbers(long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        for (int i = 0; i < t.length(); i++) {
            t.elements().set(i, random.nextGaussian() / 4);
        }
        return t;
    }

    /// The device, with kernels for `target`, that writes down what it builds.
    @SuppressWarnings("unchecked")
    private Backend watched(Target target) {
        OpenClAccelerator real = OpenClAccelerator.compiling(Device.compiling().getFirst(), target);
        Accelerator<cl_mem> watched = (Accelerator<cl_mem>) Proxy.newProxyInstance(
                Accelerator.class.getClassLoader(), new Class<?>[] {Accelerator.class}, (proxy, method, given) -> {
                    if (method.getName().equals("build")) {
                        built.addAll((Collection<Launch>) given[0]);
                    }
                    try {
                        return method.invoke(real, given);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
        return new DeviceBackend<>(watched);
    }

    @ParameterizedTest
    @EnumSource(names = {"CPU", "GPU"})
    void oneLaunchForAllParameters(Target target) {
        GraphBuilder g = new GraphBuilder("layers");
        Value x = g.input("x", Type.tensor(DType.F32, 8, 20));
        for (int i = 0; i < LAYERS; i++) {
            Value product = g.apply(new MatMul(), x, g.parameter("w" + i, numbers(20, 20)));
            x = g.apply(Activations.TANH, g.apply(Arithmetic.ADD, product, g.parameter("b" + i, numbers(20))));
        }
        g.output("y", x);
        Tensor rows = numbers(64, 20);
        Tensor wanted = numbers(64, 20);
        List<List<Double>> losses = new ArrayList<>();
        for (Backend backend : List.of(Backends.prefer("reference"), watched(target))) {
            List<Double> ofBackend = new ArrayList<>();
            losses.add(ofBackend);
            try (Model model = Model.of(g.build(), ModelOptions.defaults().backend(backend));
                    Model trained = Trainer.of(model)
                            .loss(Losses.mse())
                            .optimizer(new AdamW(0.01))
                            .onStep(p -> ofBackend.add(p.loss()))
                            .fit(Dataset.arrays(Map.of("x", rows), wanted).batched(8), Epochs.of(2))) {
                assertThat(trained.graph().parameters()).hasSize(2 * LAYERS);
            }
        }
        assertThat(losses.get(1)).hasSize(16).isEqualTo(losses.get(0));
        // matrices and vectors are other functions on a CPU; parameters, their means, gradients and factors are read
        assertThat(built.stream()
                        .filter(l -> l.function().startsWith("q_joined")
                                && l.arrays().size() >= 7 * LAYERS)
                        .mapToInt(Launch::items)
                        .boxed()
                        .toList())
                .hasSize(target == Target.CPU ? 2 : 1);
    }
}
