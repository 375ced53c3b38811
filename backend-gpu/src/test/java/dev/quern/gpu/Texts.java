package dev.quern.gpu;

import dev.quern.codegen.JoinedLaunch;
import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
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

    private Texts() {}

    /// Whether a case is among the one in eight whose kernels are compiled; `-Dquern.cuda.suite=whole` chooses all.
    static boolean isChosen(KernelCase c) {
        return IS_WHOLE || Math.floorMod(c.name().hashCode(), PART) == 0;
    }

    /// The launches of a case.
    static List<Launch> of(KernelCase c) {
        List<Launch> launches = new ArrayList<>();
        for (Program.Step step : c.program().steps()) {
            if (KernelCode.refuses(step.kernel(), true).isEmpty()) {
                for (Launch l : KernelCode.of(step.kernel(), c.program().buffers(), Target.GPU)) {
                    launches.add(l);
                    if (step.kernel() instanceof Kernel.Map && JoinedLaunch.accepts(l)) {
                        launches.add(JoinedLaunch.of(List.of(l, l, l)));
                    }
                    l.arrays().forEach(a -> {
                        if (a instanceof Launch.Derived d) {
                            launches.add(d.by());
                        }
                    });
                }
            }
        }
        return launches;
    }

    /// Every text that the cases need, once, in parts that make a source each.
    static List<List<Launch>> of(Stream<KernelCase> cases, int part) {
        Map<String, Launch> distinct = new LinkedHashMap<>();
        cases.flatMap(c -> of(c).stream()).forEach(l -> distinct.putIfAbsent(l.text(), l));
        List<Launch> launches = List.copyOf(distinct.values());
        List<List<Launch>> parts = new ArrayList<>();
        for (int from = 0; from < launches.size(); from += part) {
            parts.add(launches.subList(from, Math.min(launches.size(), from + part)));
        }
        return parts;
    }
}
