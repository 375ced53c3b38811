package dev.quern.cli;

import dev.quern.compile.UnsupportedModelException;
import dev.quern.graph.Graph;
import dev.quern.op.RandomDropout;
import dev.quern.op.Randoms;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The outcome of one conformance case.
///
/// @param name the case's folder below the root, with `/` between parts
/// @param operator the operator of a case of one node, else the first one
/// @param place the backends that ran it, with `+` between them; `nothing` where all was known before the run
record CaseResult(String name, String group, String operator, Status status, String reason, String place, double ms) {

    enum Status {
        PASS,
        FAIL,
        UNSUPPORTED;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static CaseResult of(Path root, Path folder, ModelOptions options) {
        String name = root.relativize(folder).toString().replace('\\', '/');
        String group = name.contains("/") ? name.substring(0, name.indexOf('/')) : ".";
        long start = System.nanoTime();
        String[] operator = {"?"};
        Outcome outcome;
        try {
            outcome = run(folder.resolve("model.onnx"), options, operator);
        } catch (UnsupportedModelException e) {
            outcome = new Outcome(Status.UNSUPPORTED, String.valueOf(e.getMessage()), NOWHERE);
        } catch (ModelException e) {
            boolean lacks = String.valueOf(e.getMessage()).contains("not supported");
            outcome = new Outcome(lacks ? Status.UNSUPPORTED : Status.FAIL, String.valueOf(e.getMessage()), NOWHERE);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // one broken case must not end the run
            outcome = new Outcome(Status.FAIL, e.toString(), NOWHERE);
        }
        double ms = (System.nanoTime() - start) / 1e6;
        return new CaseResult(name, group, operator[0], outcome.status(), outcome.reason(), outcome.place(), ms);
    }

    private static final String BY_STATISTICS = "random: judged by element type, shape and statistics";

    private static final String NOWHERE = "nowhere";

    private record Outcome(Status status, String reason, String place) {}

    private static Outcome run(Path file, ModelOptions options, String[] operator) throws IOException {
        var loaded = Model.read(file);
        loaded.graph().nodes().stream().findFirst().ifPresent(n -> operator[0] = n.op().name());
        List<DataSet> sets = DataSet.beside(file);
        if (sets.isEmpty()) {
            return new Outcome(Status.FAIL, "there is no test_data_set_* beside the model", NOWHERE);
        }
        try (Model model = Model.load(file, options)) {
            List<String> places = model.plan().places();
            String place = places.isEmpty() ? "nothing" : String.join("+", places);
            String judged = "";
            for (DataSet set : sets) {
                Optional<String> d = new Verification(model, Tolerance.CONFORMANCE).run(set);
                if (d.isPresent() && isRandom(loaded.graph())) {
                    judged = BY_STATISTICS;
                    d = new Verification(model, RandomTolerance::difference).run(set);
                }
                if (d.isPresent()) {
                    return new Outcome(Status.FAIL, d.get(), place);
                }
            }
            return new Outcome(Status.PASS, judged, place);
        }
    }

    private static boolean isRandom(Graph graph) {
        return graph.nodes().stream().anyMatch(n -> n.op() instanceof Randoms || n.op() instanceof RandomDropout);
    }

    /// Whether the case passes though its random numbers differ.
    boolean isByStatistics() {
        return reason.equals(BY_STATISTICS);
    }

    String row() {
        return String.format(
                Locale.ROOT, "%-11s %8.1f ms  %s%s", status.text(), ms, name, reason.isEmpty() ? "" : "  " + reason);
    }

    Map<String, Object> asMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("case", name);
        map.put("group", group);
        map.put("status", status.text());
        map.put("reason", reason);
        map.put("place", place);
        map.put("ms", Math.round(ms * 1000) / 1000.0);
        return map;
    }
}
