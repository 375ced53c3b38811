package dev.quern.samples.training;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where the committed models, data and logs lie.
final class Fixtures {
    private Fixtures() {}

    static Path of(String path) {
        Path here = Path.of("").toAbsolutePath();
        while (here != null && !Files.isDirectory(here.resolve("fixtures/models"))) {
            here = here.getParent();
        }
        if (here == null) {
            throw new IllegalStateException("no folder above this one holds fixtures/models");
        }
        return here.resolve("fixtures").resolve(path);
    }
}
