package dev.quern.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.HostOp;
import dev.quern.graph.Op;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What must hold for every operator, tried on every example that stands beside one.
class OperatorsTest {

    static Stream<Trial> trials() {
        return Operators.examples().stream().map(Trial::of);
    }

    /// Host operators may do without: on sequences, maps and graphs, recorded cases of the standard are what
    /// they are held to.
    @Test
    void everyOperatorHasExamples() {
        List<Op> shown = trials().map(Trial::op).toList();
        assertThat(Operators.operatorClasses())
                .filteredOn(
                        c -> !HostOp.class.isAssignableFrom(c) && shown.stream().noneMatch(c::isInstance))
                .as("operators without examples")
                .isEmpty();
        assertThat(shown).containsAll(Operators.constants());
    }

    @ParameterizedTest
    @MethodSource("trials")
    void infersWhatItEvaluatesTo(Trial trial) {
        List<Type> inferred = trial.op().infer(trial.facts(d -> d));
        List<Datum> results = trial.evaluate();
        assertThat(inferred).hasSameSizeAs(results);
        for (int i = 0; i < results.size(); i++) {
            if (trial.op() instanceof HostOp) {
                assertCovers(inferred.get(i), results.get(i).type());
            } else {
                assertThat(inferred.get(i)).isEqualTo(results.get(i).type());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("trials")
    void infersFromDimsThatAreNotKnown(Trial trial) {
        List<Type> symbolic = trial.op().infer(trial.facts(d -> d.is(1) ? d : Dim.symbol("d" + d)));
        List<Type> unknown = trial.op().infer(trial.facts(d -> Dim.UNKNOWN));
        List<Type> unranked = trial.op().infer(trial.unrankedFacts());
        List<Datum> results = trial.evaluate();
        for (int i = 0; i < results.size(); i++) {
            assertCovers(symbolic.get(i), results.get(i).type());
            assertCovers(unknown.get(i), results.get(i).type());
            assertCovers(unranked.get(i), results.get(i).type());
        }
    }

    @ParameterizedTest
    @MethodSource("trials")
    void runsOnTheReferenceBackend(Trial trial) {
        run(trial, i -> !trial.isKnown(i));
    }

    @ParameterizedTest
    @MethodSource("trials")
    void runsWhereShapesAreFed(Trial trial) {
        run(trial, i -> true);
    }

    private static void run(Trial trial, Predicate<Integer> fed) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (int i = 0; i < trial.operands().size(); i++) {
            if (fed.test(i)) {
                inputs.put("x" + i, trial.operands().get(i));
            }
        }
        ModelOptions options = ModelOptions.defaults().backend(new ReferenceBackend());
        try (Model model = Model.of(trial.graph(fed), options)) {
            List<Datum> results = List.copyOf(model.run(inputs).values());
            Agreement.of(trial).check(results, trial.evaluate());
        }
    }

    /// Fails unless a value of type `actual` may be a value of type `inferred`; the symbol d7 stands for 7.
    private static void assertCovers(Type inferred, Type actual) {
        if (!(inferred instanceof TensorType(var dtype, Shape shape)) || !shape.isRanked()) {
            if (inferred instanceof TensorType t) {
                assertThat(actual.asTensor().dtype()).isEqualTo(t.dtype());
            }
            return;
        }
        TensorType real = actual.asTensor();
        assertThat(real.dtype()).isEqualTo(dtype);
        assertThat(shape.rank())
                .as("rank of %s for %s", shape, real)
                .isEqualTo(real.shape().rank());
        for (int axis = 0; axis < shape.rank(); axis++) {
            String extent = real.shape().dim(axis).toString();
            switch (shape.dim(axis)) {
                case Dim.Fixed f ->
                    assertThat(f.toString()).as("%s for %s", shape, real).isEqualTo(extent);
                case Dim.Symbol s ->
                    assertThat(s.name()).as("%s for %s", shape, real).isEqualTo("d" + extent);
                case Dim.Unknown ignored -> {}
            }
        }
    }
}
