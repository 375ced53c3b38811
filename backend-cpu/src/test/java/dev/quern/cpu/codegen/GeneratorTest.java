package dev.quern.cpu.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Warmer;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.expr.UnaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final Expr X = Expr.arg(0, DType.F32);
    private static final Expr Y = Expr.arg(1, DType.F32);
    private static final Access DENSE = new Access(DType.F32, false);

    private final Warmer warmer = new Warmer();
    private final Generator generator = new Generator(warmer, true, true, null, null);

    @AfterEach
    void close() {
        warmer.close();
    }

    private void addRows(int rows, int columns) {
        Generated generated = new Generated(generator, Transposer.PLAIN);
        View x = View.dense(0, DType.F32, rows, columns);
        View bias = View.dense(1, DType.F32, columns).expand(rows, columns);
        View out = View.dense(2, DType.F32, rows, columns);
        Workspace workspace = new Workspace(4, 1);
        workspace.bind(0, new float[rows * columns]);
        workspace.bind(1, new float[columns]);
        workspace.bind(2, new float[rows * columns]);
        workspace.bind(3, new float[rows]);
        run(workspace, generated.map(new Kernel.Map(List.of(x, bias), List.of(X.plus(Y)), List.of(out))));
        run(
                workspace,
                generated.reduce(new Kernel.Reduce(
                        List.of(x),
                        1,
                        X,
                        Reducer.MEAN_VARIANCE,
                        List.of(),
                        List.of(Y),
                        List.of(View.dense(3, DType.F32, rows)))));
    }

    private static void run(Workspace workspace, Step step) {
        step.run(workspace, workspace.scratch(0), 0, step.units());
    }

    @Test
    void aNewShapeMakesNoNewClass() {
        addRows(3, 40);
        int classes = generator.classes();
        assertThat(classes).isPositive();
        addRows(17, 25);
        addRows(2, 1000);
        assertThat(generator.classes()).isEqualTo(classes);
        // rows shorter than a vector have a form of their own
        addRows(17, 5);
        int ofShortRows = generator.classes();
        addRows(30, 7);
        assertThat(generator.classes()).isEqualTo(ofShortRows);
    }

    @Test
    void whatHasNoVectorFormSaysWhy() {
        Twin<MapKernel> twin = generator.map(List.of(X.apply(UnaryFn.TAN)), List.of(DENSE, DENSE));
        assertThat(twin.now()).isNull();
        assertThat(twin.reason()).isEqualTo("TAN");
    }

    @Test
    void classesAreCollected() throws InterruptedException {
        WeakReference<Class<?>> made =
                new WeakReference<>(new MapWriter(StraightLine.of(X.times(3).plus(0.25)), List.of(DENSE, DENSE), 256)
                        .write()
                        .getClass());
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (made.get() != null && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(made.get()).isNull();
    }

    @Test
    void aWarmKernelTakesOver() throws InterruptedException {
        Generator patient = new Generator(warmer, false, true, null, null);
        Twin<MapKernel> twin = patient.map(List.of(X.times(X).sigmoid().plus(1).tanh()), List.of(DENSE, DENSE));
        assertThat(twin.ready()).isNull();
        patient.warm(twin);
        warmer.await();
        assertThat(twin.ready()).isSameAs(twin.now());
    }
}
