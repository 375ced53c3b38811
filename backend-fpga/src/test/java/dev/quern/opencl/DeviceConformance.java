package dev.quern.opencl;

import dev.quern.backend.Availability;
import dev.quern.backend.Backend;
import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Program;
import dev.quern.testkit.BackendConformance;
import dev.quern.testkit.KernelCase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;

/// Half of the testkit's suite, so that two processes share the work, on the device that `opencl` chooses. Functions of
/// `f64` are the device's own.
///
/// PoCL takes 0.1 s to build a kernel. With `-Dquern.opencl.suite=whole`, which is what `.ci/run` means, all cases are
/// run; otherwise `part`, one in eight; `small` are a few that work on little, for a device that looks at every access
/// (Oclgrind).
@EnabledIf(
        value = "dev.quern.opencl.DeviceConformance#hasDevice",
        disabledReason = "no OpenCL device here: install pocl-opencl-icd and ocl-icd-libopencl1")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DeviceConformance extends BackendConformance {
    private static final String SUITE =
            System.getProperty("quern.opencl.suite", System.getenv("CI") == null ? "part" : "whole");
    private static final int PART = 8;
    private static final int SMALL = 4000;
    private static final int TOGETHER = 64;

    private final int half;
    private OpenClAccelerator accelerator;

    /// @param half 0 or 1
    DeviceConformance(int half) {
        this.half = half;
    }

    static boolean hasDevice() {
        return new OpenClProvider().probe() instanceof Availability.Available;
    }

    /// Builds many kernels as one source: PoCL takes 0.17 s for a source, whatever is in it.
    @BeforeAll
    void build() {
        accelerator = OpenClAccelerator.compiling(Device.choose(Device.compiling(), ""));
        Map<String, Launch> missing = new LinkedHashMap<>();
        cases().filter(this::includes).forEach(c -> {
            for (Program.Step step : c.program().steps()) {
                if (backend().refuses(step.kernel()).isEmpty()) {
                    KernelCode.of(step.kernel(), c.program().buffers(), Target.CPU)
                            .forEach(l -> missing.put(l.text(), l));
                }
            }
        });
        List<Launch> launches = new ArrayList<>(missing.values());
        for (int from = 0; from < launches.size(); from += TOGETHER) {
            accelerator.build(launches.subList(from, Math.min(launches.size(), from + TOGETHER)));
        }
    }

    @Override
    protected Backend backend() {
        return new OpenClBackend(accelerator);
    }

    @Override
    protected boolean includes(KernelCase c) {
        int number = c.name().hashCode();
        if (Math.floorMod(number, 2) != half) {
            return false;
        }
        return switch (SUITE) {
            case "whole" -> true;
            case "small" -> Math.floorMod(number, PART) == 0 && isSmall(c);
            default -> Math.floorMod(number, PART) == half;
        };
    }

    private static boolean isSmall(KernelCase c) {
        return c.program().buffers().stream().mapToInt(Buffer::length).sum() < SMALL;
    }

    @Override
    protected int lastPlaces() {
        return 4;
    }
}
