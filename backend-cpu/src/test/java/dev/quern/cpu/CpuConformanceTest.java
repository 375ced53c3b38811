package dev.quern.cpu;

import dev.quern.backend.Backend;
import dev.quern.cpu.parts.PartByPart;
import dev.quern.testkit.BackendConformance;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIf;

/// Every tier, generated kernels at once, against the testkit's oracle.
class CpuConformanceTest {
    private static final CpuBackend PLAIN_BACKEND = new CpuBackend(Tier.PLAIN, 3);
    private static final CpuBackend VECTOR_BACKEND = new CpuBackend(Tier.VECTOR, 3, true);
    private static final CpuBackend DIVIDED_BACKEND =
            new CpuBackend(Tier.PLAIN, 3, false, new PartByPart.Costs(1, 0, 0));

    @AfterAll
    static void close() {
        PLAIN_BACKEND.close();
        VECTOR_BACKEND.close();
        DIVIDED_BACKEND.close();
    }

    @Nested
    class Plain extends BackendConformance {
        @Override
        protected Backend backend() {
            return PLAIN_BACKEND;
        }
    }

    /// Whatever can be divided goes part by part.
    @Nested
    class Divided extends BackendConformance {
        @Override
        protected Backend backend() {
            return DIVIDED_BACKEND;
        }
    }

    @Nested
    class Vector extends BackendConformance {
        @Override
        protected Backend backend() {
            return VECTOR_BACKEND;
        }
    }

    static boolean hasMachineTier() {
        return Tier.MACHINE.obstacle().isEmpty();
    }

    @Nested
    @EnabledIf("dev.quern.cpu.CpuConformanceTest#hasMachineTier")
    class Machine extends BackendConformance {
        private static final CpuBackend BACKEND = new CpuBackend(Tier.MACHINE, 3, true);

        @AfterAll
        static void close() {
            BACKEND.close();
        }

        @Override
        protected Backend backend() {
            return BACKEND;
        }
    }
}
