package dev.quern.testkit;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What every backend must compute: extend it in the backend's own tests.
///
/// Each case runs with one and with several threads, cold and after the backend said that it is ready, and in a frame
/// that another run has left; all bits of all results must be those of the [Oracle], and elements that no kernel
/// writes must be left alone. NaN equals NaN.
public abstract class BackendConformance {

    private static final int RANDOM = 150;

    /// For the backend's tests to extend.
    protected BackendConformance() {}

    /// The backend under test; one for all tests of the class.
    protected abstract Backend backend();

    /// How far a float may be from the [Oracle]'s, in units of its last place: 0 for the CPU, whose bits are fixed.
    /// A device whose functions of `f64` are its own says how far those may be off.
    protected int lastPlaces() {
        return 0;
    }

    /// Whether a case is run: all are, unless a backend whose kernels take long to build chooses some.
    protected boolean includes(KernelCase c) {
        return true;
    }

    /// All cases that are run to their end: what a backend must compute.
    public static Stream<KernelCase> cases() {
        return Stream.of(
                        MapCases.all(),
                        ReduceCases.all(),
                        ContractCases.all(),
                        ConvolveCases.all(),
                        WindowCases.all(),
                        TransferCases.gathers(),
                        TransferCases.scatters(),
                        OrderCases.cumulations(),
                        OrderCases.sorts(),
                        ProgramCases.all(),
                        RowCases.all(),
                        AttentionCases.all(),
                        GatesCases.all(),
                        RandomPrograms.all(RANDOM))
                .flatMap(cases -> cases);
    }

    /// A case is left out where the backend refuses one of its kernels.
    private boolean runs(KernelCase c) {
        return includes(c)
                && c.program().steps().stream()
                        .allMatch(s -> backend().refuses(s.kernel()).isEmpty());
    }

    private Stream<DynamicTest> tests(Stream<KernelCase> cases) {
        return cases.filter(this::runs).map(c -> DynamicTest.dynamicTest(c.name(), () -> check(c)));
    }

    @TestFactory
    Stream<DynamicTest> map() {
        return tests(MapCases.all());
    }

    @TestFactory
    Stream<DynamicTest> reduce() {
        return tests(ReduceCases.all());
    }

    @TestFactory
    Stream<DynamicTest> contract() {
        return tests(ContractCases.all());
    }

    @TestFactory
    Stream<DynamicTest> convolve() {
        return tests(ConvolveCases.all());
    }

    @TestFactory
    Stream<DynamicTest> window() {
        return tests(WindowCases.all());
    }

    @TestFactory
    Stream<DynamicTest> gather() {
        return tests(TransferCases.gathers());
    }

    @TestFactory
    Stream<DynamicTest> scatter() {
        return tests(TransferCases.scatters());
    }

    @TestFactory
    Stream<DynamicTest> cumulate() {
        return tests(OrderCases.cumulations());
    }

    @TestFactory
    Stream<DynamicTest> rows() {
        return tests(RowCases.all());
    }

    @TestFactory
    Stream<DynamicTest> attention() {
        return tests(AttentionCases.all());
    }

    @TestFactory
    Stream<DynamicTest> gates() {
        return tests(GatesCases.all());
    }

    @TestFactory
    Stream<DynamicTest> sort() {
        return tests(OrderCases.sorts());
    }

    @TestFactory
    Stream<DynamicTest> programs() {
        return tests(ProgramCases.all());
    }

    @TestFactory
    Stream<DynamicTest> randomPrograms() {
        return tests(RandomPrograms.all(RANDOM));
    }

    @Test
    void concurrentRunsDoNotMeet() throws Exception {
        RunChecks.concurrentRuns(backend());
    }

    @TestFactory
    Stream<DynamicTest> cancellation() {
        return LongPrograms.all()
                .filter(this::runs)
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> RunChecks.cancellation(backend(), c)));
    }

    @TestFactory
    Stream<DynamicTest> failures() {
        return RunChecks.failures()
                .filter(f -> runs(f.program()))
                .map(f -> DynamicTest.dynamicTest(f.program().name(), () -> RunChecks.fails(backend(), f)));
    }

    @Test
    void tracesEveryStep() {
        RunChecks.traces(backend());
    }

    @Test
    void refusesTensorsThatDoNotFit() {
        RunChecks.wrongTensors(backend());
    }

    private void check(KernelCase c) throws InterruptedException {
        List<Tensor> expected = c.expected();
        List<Tensor> inputs = c.inputs().stream().map(Bits::copy).toList();
        for (int threads : new int[] {1, 3}) {
            try (Executable executable = backend().compile(c.program(), new Backend.Settings(threads))) {
                Executable.Frame frame = executable.newFrame();
                Bits.assertClose(expected, run(executable, frame, c), lastPlaces(), "with " + threads + " threads");
                executable.awaitReady();
                String ready = "when ready, with " + threads + " threads";
                Bits.assertClose(expected, run(executable, frame, c), lastPlaces(), ready);
            }
        }
        Bits.assertSame(inputs, c.inputs(), "inputs, which are not to be written");
    }

    static List<Tensor> run(Executable executable, Executable.Frame frame, KernelCase c) {
        List<Tensor> outputs = c.newOutputs();
        executable.run(frame, c.inputs(), outputs, RunControl.NONE);
        return outputs;
    }
}
