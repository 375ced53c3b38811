package dev.quern.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.Backends;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// all-MiniLM-L6-v2, a sentence encoder with 6 layers of attention and dynamic dims, beside ONNX Runtime.
final class MiniLmTest {
    private static final int VOCABULARY = 30_522;
    private static final Agreement AGREEMENT = new Agreement(1e-4);

    @TempDir
    static Path folder;

    private static Model model;
    private static OnnxRuntime runtime;

    @BeforeAll
    static void load() throws Exception {
        Path file = folder.resolve("minilm.onnx");
        try (InputStream resource = MiniLmTest.class.getResourceAsStream("/all-minilm-l6-v2.onnx")) {
            assertThat(resource).isNotNull();
            Files.copy(resource, file);
        }
        long start = System.nanoTime();
        model = Model.load(
                file, ModelOptions.defaults().backend(Backends.prefer("cpu")).threads(1));
        System.out.printf("MiniLM: loaded in %.0f ms%n", millisSince(start));
        runtime = OnnxRuntime.load(file);
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
        runtime.close();
    }

    /// Several bindings of one model, one after another and again.
    @ParameterizedTest(name = "{0}x{1} tokens")
    @CsvSource({"2,12", "1,1", "3,37", "1,128", "2,12"})
    void agrees(int batch, int length) throws Exception {
        Map<String, Tensor> inputs = tokens(batch, length, 0);
        long start = System.nanoTime();
        Map<String, Datum> ours = model.run(inputs);
        double first = millisSince(start);
        AGREEMENT.check(ours, runtime.run(inputs));
        start = System.nanoTime();
        model.run(inputs);
        double second = millisSince(start);
        start = System.nanoTime();
        runtime.run(inputs);
        System.out.printf(
                "MiniLM: %dx%d tokens: first run %.1f ms, second %.1f ms, ONNX Runtime %.1f ms%n",
                batch, length, first, second, millisSince(start));
    }

    /// Tokens that the attention mask hides change nothing before them.
    @Test
    void agreesWithPadding() throws Exception {
        Map<String, Tensor> inputs = tokens(2, 12, 5);
        AGREEMENT.check(model.run(inputs), runtime.run(inputs));
    }

    /// @param hidden tokens at the end of the last row that the mask hides
    private static Map<String, Tensor> tokens(int batch, int length, int hidden) {
        Random random = new Random(batch * 1000L + length);
        long[] ids = random.longs((long) batch * length, 1, VOCABULARY).toArray();
        long[] mask = new long[ids.length];
        java.util.Arrays.fill(mask, 0, mask.length - hidden, 1);
        Map<String, Tensor> all = Map.of(
                "input_ids", Tensor.of(ids, batch, length),
                "attention_mask", Tensor.of(mask, batch, length),
                "token_type_ids", Tensor.of(new long[ids.length], batch, length));
        Map<String, Tensor> taken = new HashMap<>(all);
        taken.keySet().removeIf(name -> model.graph().input(name).isEmpty());
        return taken;
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }
}
