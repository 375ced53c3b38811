package dev.quern.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaException;
import dev.quern.gpu.jcuda.JcudaDriver;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import java.util.Arrays;
import java.util.List;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// The suite by JCuda and its own native library, which finds the stand-in where it looks for the driver: the process
/// has loaded that under the driver's name.
@EnabledIf(
        value = "dev.quern.gpu.StandIn#isForJcuda",
        disabledReason = "no g++ here, which makes the stand-in for CUDA, or no Linux on x86-64")
class StandInJcudaTest extends BackendConformance {
    private static final int PART = 4;
    private static final CudaBackend BACKEND = make();

    private static CudaBackend make() {
        CudaDriver first = StandIn.driver();
        assertThat(first.deviceName(0)).isEqualTo("Stand-in");
        return new CudaBackend(new CudaAccelerator(
                new JcudaDriver(), 0, StandIn.compiler(), StandIn.disk(), a -> VendorWork.of(a, StandIn.libraries())));
    }

    @Override
    protected Backend backend() {
        return BACKEND;
    }

    @Override
    protected boolean includes(KernelCase c) {
        return Texts.isChosen(c) && Math.floorMod(c.name().hashCode() / 8, PART) == 0;
    }

    @Override
    protected int lastPlaces() {
        return 4;
    }

    @Test
    void saysThatItIsJcuda() {
        assertThat(new JcudaDriver().name()).isEqualTo("CUDA 13.0 by JCuda");
    }

    private static Tensor filled(float value) {
        float[] values = new float[64];
        Arrays.fill(values, value);
        return Tensor.of(values, 64);
    }

    /// A state of JCuda's is the input of a run, and the result is where JCuda's pointer says.
    @Test
    void pointersAreShared() {
        TensorType type = Type.tensor(DType.F32, 64);
        BACKEND.accelerator().current();
        CUdeviceptr memory = new CUdeviceptr();
        assertThat(JCudaDriver.cuMemAlloc(memory, 256)).isZero();
        try (DeviceTensor x = JcudaPointers.tensor(BACKEND, type, memory);
                DeviceTensor y = BACKEND.allocate(type);
                Executable executable = BACKEND.compile(Programs.chain(64, 3), new Backend.Settings(1))) {
            assertThat(CudaMemory.address(JcudaPointers.tensor(BACKEND, type, JcudaPointers.of(y))))
                    .isEqualTo(CudaMemory.address(y));
            x.write(filled(5));
            Executable.Frame frame = executable.newFrame(List.of(x), List.of(y), RunControl.NONE);
            executable.run(frame, RunControl.NONE);
            assertThat(y.read().sameAs(filled(7))).isTrue();
        }
        BACKEND.accelerator().current();
        // it is still its owner's
        assertThat(JCudaDriver.cuMemFree(memory)).isZero();
    }

    @Test
    void addressesThatKernelsCannotUseAreRefused() {
        TensorType type = Type.tensor(DType.F32, 64);
        assertThatThrownBy(() -> CudaMemory.tensor(BACKEND, type, 4096 + 4))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("multiple of 256");
    }

    @Test
    void failuresAreThoseOfTheOtherDriver() {
        JcudaDriver driver = new JcudaDriver();
        long context = driver.retainContext(0);
        driver.makeCurrent(context);
        assertThatThrownBy(() -> driver.loadModule(new byte[64]))
                .isInstanceOfSatisfying(
                        CudaException.class, e -> assertThat(e.kind()).isEqualTo(CudaException.Kind.PROGRAM_REFUSED));
        assertThatThrownBy(() -> driver.allocate(1L << 40))
                .isInstanceOfSatisfying(
                        CudaException.class, e -> assertThat(e.kind()).isEqualTo(CudaException.Kind.OUT_OF_MEMORY));
        driver.releaseContext(0);
    }
}
