package dev.quern.gpu;

import dev.quern.backend.ProductPrecision;
import dev.quern.backend.RunControl;
import dev.quern.codegen.JoinedLaunch;
import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Launch;
import dev.quern.codegen.StepFusion;
import dev.quern.codegen.Target;
import dev.quern.device.Launches;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.testkit.KernelCase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What the testkit's cases are on a GPU.
final class Texts {
    private static final boolean IS_WHOLE = "whole".equals(System.getProperty("quern.cuda.suite"));
    private static final int PART = 8;
    private static final int ARGUMENT_BYTES = 4096;

    private Texts() {}

    /// Whether a case is among the one in eight whose kernels are compiled, or one of those whose steps are fused
    /// for GPUs alone; `-Dquern.cuda.suite=whole` chooses all.
    static boolean isChosen(KernelCase c) {
        return IS_WHOLE
                || c.name().startsWith("Rows")
                || c.name().startsWith("Attention")
                || c.name().startsWith("Gates")
                || Math.floorMod(c.name().hashCode(), PART) == 0;
    }

    /// The launches of a case.
    static List<Launch> of(KernelCase c) {
        return of(c, ProductPrecision.F32);
    }

    /// The launches of a case whose products are less exact.
    static List<Launch> of(KernelCase c, ProductPrecision precision) {
        if (c.program().steps().stream()
                .anyMatch(s -> KernelCode.refuses(s.kernel(), true).isPresent())) {
            return List.of();
        }
        Program program = StepFusion.of(c.program(), fused -> true, RunControl.NONE);
        List<Launch> launches = new ArrayList<>();
        List<List<Launch>> steps =
                new Launches(program, Target.GPU, precision, ARGUMENT_BYTES).of(step -> false, RunControl.NONE);
        for (int i = 0; i < steps.size(); i++) {
            for (Launch l : steps.get(i)) {
                launches.add(l);
                if (program.steps().get(i).kernel() instanceof Kernel.Map && JoinedLaunch.accepts(l)) {
                    launches.add(JoinedLaunch.of(List.of(l, l, l)));
                }
                l.arrays().forEach(a -> {
                    if (a instanceof Launch.Derived d) {
                        launches.add(d.by());
                    }
                });
            }
        }
        return launches;
    }

    /// Every text that the cases need, once, in parts that make a source each.
    static List<List<Launch>> of(Stream<KernelCase> cases, int part) {
        return parts(cases.flatMap(c -> of(c).stream()), part);
    }

    /// Every text of the launches once, in parts that make a source each.
    static List<List<Launch>> parts(Stream<Launch> all, int part) {
        Map<String, Launch> distinct = new LinkedHashMap<>();
        all.forEach(l -> distinct.putIfAbsent(l.text(), l));
        List<Launch> launches = List.copyOf(distinct.values());
        List<List<Launch>> parts = new ArrayList<>();
        for (int from = 0; from < launches.size(); from += part) {
            parts.add(launches.subList(from, Math.min(launches.size(), from + part)));
        }
        return parts;
    }
}
