package dev.quern.onnx;

import dev.quern.session.ModelException;
import java.util.List;

/// A release of ONNX: the operator sets that belong together, and the version of the file format that came with
/// them (the standard's `docs/Versioning.md`).
///
/// @param opset the version of ai.onnx
/// @param ml the version of ai.onnx.ml
/// @param irVersion the version of the file format
record Release(int opset, int ml, int irVersion) {
    private static final List<Release> ALL = List.of(
            new Release(7, 1, 3),
            new Release(8, 1, 3),
            new Release(9, 1, 4),
            new Release(10, 1, 5),
            new Release(11, 2, 6),
            new Release(12, 2, 7),
            new Release(13, 2, 7),
            new Release(14, 2, 7),
            new Release(15, 2, 8),
            new Release(16, 3, 8),
            new Release(17, 3, 8),
            new Release(18, 3, 8),
            new Release(19, 3, 9),
            new Release(20, 4, 9),
            new Release(21, 5, 10),
            new Release(22, 5, 10),
            new Release(23, 5, 11),
            new Release(24, 5, 12),
            new Release(25, 5, 13),
            new Release(26, 5, 13),
            new Release(27, 5, 13),
            new Release(28, 5, 14));

    /// Read by the runtimes of the last years.
    static final Release BASE = of(21);

    static final Release NEWEST = ALL.getLast();

    /// In files older than this, initializers stand among the inputs too.
    private static final int APART_SINCE = 4;

    /// @throws ModelException where the opset is not one that can be written
    static Release of(int opset) {
        return ALL.stream()
                .filter(r -> r.opset == opset)
                .findFirst()
                .orElseThrow(
                        () -> new ModelException("opset " + opset + " of ai.onnx cannot be written: ask for one from "
                                + ALL.getFirst().opset + " to " + ALL.getLast().opset));
    }

    /// This and all newer ones, oldest first.
    List<Release> andNewer() {
        return ALL.subList(ALL.indexOf(this), ALL.size());
    }

    /// The version of a domain; of domains that do not belong to ONNX, and its previews, there is only one.
    int version(String domain) {
        return switch (domain) {
            case "" -> opset;
            case Row.ML -> ml;
            default -> 1;
        };
    }

    boolean listsInitializersAsInputs() {
        return irVersion < APART_SINCE;
    }
}
