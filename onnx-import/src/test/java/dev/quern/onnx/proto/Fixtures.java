package dev.quern.onnx.proto;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The committed models and data sets.
final class Fixtures {
    private static final Path ROOT = Path.of("..", "fixtures", "models");

    private Fixtures() {}

    static List<Path> models() {
        return filesEndingIn(".onnx");
    }

    static List<Path> tensors() {
        return filesEndingIn(".pb").stream().filter(file -> !isSequence(file)).toList();
    }

    static List<Path> sequences() {
        return filesEndingIn(".pb").stream().filter(Fixtures::isSequence).toList();
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// ZipMap's output, a sequence of maps, is the second output of its model.
    private static boolean isSequence(Path file) {
        return file.toString().contains("iris") && file.endsWith("output_1.pb");
    }

    private static List<Path> filesEndingIn(String suffix) {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
