package dev.quern.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.Map;

/// Holds two engines' results side by side: floats within a share of the largest magnitude, everything else exactly.
record Agreement(double ofScale) {

    void check(Map<String, Datum> ours, Map<String, Datum> theirs) {
        assertThat(ours.keySet()).containsExactlyElementsOf(theirs.keySet());
        ours.forEach((name, value) -> check(name, value, theirs.get(name)));
    }

    private void check(String name, Datum ours, Datum theirs) {
        switch (ours) {
            case Tensor t -> tensors(name, t, theirs.asTensor());
            case Datum.Sequence s -> {
                assertThat(s.asMaps()).as(name).hasSameSizeAs(theirs.asMaps());
                for (int i = 0; i < s.asMaps().size(); i++) {
                    maps(
                            name + "[" + i + "]",
                            s.asMaps().get(i),
                            theirs.asMaps().get(i));
                }
            }
            case Datum.Mapping m -> throw new AssertionError(name + ": a lone " + m.type());
            case Datum.Maybe m -> throw new AssertionError(name + ": an " + m.type());
        }
    }

    /// Scores of classes are probabilities here: their scale is 1.
    private void maps(String name, Map<Object, Double> ours, Map<Object, Double> theirs) {
        assertThat(ours.keySet()).as(name).isEqualTo(theirs.keySet());
        ours.forEach((key, score) -> assertThat(Math.abs(score - theirs.get(key)))
                .as("%s, key %s", name, key)
                .isLessThanOrEqualTo(ofScale));
    }

    private void tensors(String name, Tensor ours, Tensor theirs) {
        assertThat(ours.type()).as(name).isEqualTo(theirs.type());
        if (!ours.dtype().isFloat()) {
            assertThat(ours.sameAs(theirs))
                    .as("%s: %s, not %s", name, ours, theirs)
                    .isTrue();
            return;
        }
        double scale = 0;
        for (int i = 0; i < theirs.length(); i++) {
            double t = theirs.getDouble(i);
            scale = Double.isNaN(t) ? scale : Math.max(scale, Math.abs(t));
        }
        for (int i = 0; i < theirs.length(); i++) {
            if (Double.isNaN(ours.getDouble(i)) && Double.isNaN(theirs.getDouble(i))) {
                continue;
            }
            assertThat(Math.abs(ours.getDouble(i) - theirs.getDouble(i)))
                    .as("%s[%d]: %s, not %s", name, i, ours.getDouble(i), theirs.getDouble(i))
                    .isLessThanOrEqualTo(ofScale * scale);
        }
    }
}
