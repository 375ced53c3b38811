package dev.quern.cli;

import dev.quern.convert.Accuracy;
import dev.quern.convert.ConversionReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// A conversion's report for people and for scripts.
record ConversionText(ConversionReport report) {
    private static final int KEPT_SHOWN = 8;

    /// The JSON object.
    Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("nodes", report.after().nodes());
        facts.put("nodes_before", report.before().nodes());
        facts.put("bytes", report.after().bytes());
        facts.put("bytes_before", report.before().bytes());
        facts.put("opset", report.after().opsets());
        facts.put("opset_before", report.before().opsets());
        facts.put("operators", report.after().operators());
        facts.put("operators_before", report.before().operators());
        facts.put("functions_inlined", report.before().functionCalls());
        facts.put(
                "kept",
                report.kept().stream()
                        .map(k -> Map.of("node", k.node(), "reason", k.reason()))
                        .toList());
        facts.put("compared", report.remark());
        facts.put(
                "outputs",
                report.accuracy().map(Accuracy::outputs).orElse(List.of()).stream()
                        .map(ConversionText::output)
                        .toList());
        return facts;
    }

    private static Map<String, Object> output(Accuracy.OfOutput o) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("output", o.name());
        facts.put("max_error", o.absolute());
        facts.put("max_error_of_scale", o.ofScale());
        o.equalLabels().ifPresent(share -> facts.put("equal_labels", share));
        facts.put("worst_set", o.worstSet());
        return facts;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("opset  " + report.before().opsets() + " → " + report.after().opsets());
        lines.add("nodes  " + report.before().nodes() + " → " + report.after().nodes());
        lines.add("bytes  " + report.before().bytes() + " → " + report.after().bytes());
        String operators = operators();
        if (!operators.isEmpty()) {
            lines.add("operators that changed in number: " + operators);
        }
        if (report.before().functionCalls() > 0) {
            lines.add("calls of functions inlined: " + report.before().functionCalls());
        }
        kept(lines);
        report.accuracy().ifPresent(a -> accuracy(a, lines));
        lines.add(report.remark());
        return lines;
    }

    private String operators() {
        Map<String, Integer> before = report.before().operators();
        Map<String, Integer> after = report.after().operators();
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        return names.stream()
                .filter(n -> !before.getOrDefault(n, 0).equals(after.getOrDefault(n, 0)))
                .map(n -> n + " " + before.getOrDefault(n, 0) + "→" + after.getOrDefault(n, 0))
                .collect(Collectors.joining(", "));
    }

    /// By reason, with the first nodes of each.
    private void kept(List<String> lines) {
        Map<String, List<String>> byReason = new TreeMap<>();
        report.kept()
                .forEach(k -> byReason.computeIfAbsent(k.reason(), r -> new ArrayList<>())
                        .add(k.node()));
        byReason.forEach((reason, nodes) -> {
            List<String> shown = nodes.subList(0, Math.min(KEPT_SHOWN, nodes.size()));
            String more = nodes.size() > shown.size() ? " and " + (nodes.size() - shown.size()) + " more" : "";
            lines.add("kept, " + reason + ": " + String.join(", ", shown) + more);
        });
    }

    private static void accuracy(Accuracy accuracy, List<String> lines) {
        int width = accuracy.outputs().stream()
                .mapToInt(o -> o.name().length())
                .max()
                .orElse(0);
        width = Math.max(width, "output".length());
        lines.add(String.format(
                Locale.ROOT,
                "%-" + width + "s  %10s  %10s  %12s  %9s",
                "output",
                "max |Δ|",
                "of scale",
                "equal labels",
                "worst set"));
        for (Accuracy.OfOutput o : accuracy.outputs()) {
            String labels = o.equalLabels().isPresent()
                    ? String.format(
                            Locale.ROOT, "%.2f %%", 100 * o.equalLabels().getAsDouble())
                    : "–";
            lines.add(String.format(
                    Locale.ROOT,
                    "%-" + width + "s  %10s  %10s  %12s  %9d",
                    o.name(),
                    number(o.absolute()),
                    number(o.ofScale()),
                    labels,
                    o.worstSet()));
        }
    }

    static String number(double d) {
        return d == 0 ? "0" : d == Double.POSITIVE_INFINITY ? "∞" : String.format(Locale.ROOT, "%.3g", d);
    }
}
