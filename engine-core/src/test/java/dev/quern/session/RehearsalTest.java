package dev.quern.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.kernel.Program;
import dev.quern.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RehearsalTest {
    /// The reference backend, which tells what it was given.
    private record Told(boolean compilesInPassing, List<Program> programs) implements Backend {
        private static final Backend REFERENCE = new ReferenceBackend();

        @Override
        public String name() {
            return REFERENCE.name();
        }

        @Override
        public Executable compile(Program program, Settings settings) {
            programs.add(program);
            return REFERENCE.compile(program, settings);
        }
    }

    @Test
    void isHeldOnceWhereItTakesLittle() {
        Told slow = new Told(false, new ArrayList<>());
        Rehearsal.once(slow);
        assertThat(slow.programs()).isEmpty();

        Told quick = new Told(true, new ArrayList<>());
        Rehearsal.once(quick);
        assertThat(quick.programs()).hasSize(1);
        assertThat(quick.programs().getFirst().steps()).hasSizeGreaterThan(3);

        Rehearsal.once(quick);
        assertThat(quick.programs()).hasSize(1);
    }

    @Test
    void itsGraphRuns() {
        try (Model model = Model.of(Rehearsal.graph(), ModelOptions.defaults().backend(new ReferenceBackend()))) {
            assertThat(model.run(Rehearsal.zeros()).toFloats()).hasSize(16).containsOnly(1f / 16);
        }
    }
}
