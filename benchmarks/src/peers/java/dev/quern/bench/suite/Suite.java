package dev.quern.bench.suite;

import dev.quern.bench.suite.SequenceModels.Size;
import dev.quern.graph.Graph;
import dev.quern.op.Recurrent;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The models of the tables in `docs/performance.md`, as files that are written once.
public enum Suite {
    /// Whole models.
    MODELS,
    /// Single convolutions.
    CONVOLUTIONS,
    /// Single products of matrices.
    PRODUCTS;

    /// Where a model comes from.
    private interface Source {
        void write(Path file) throws IOException;
    }

    private Map<String, Source> sources() {
        Map<String, Source> sources = new LinkedHashMap<>();
        switch (this) {
            case MODELS -> {
                sources.putAll(generated(architectures()));
                sources.put("ocr-detector-160x192", file -> OcrModels.detector(file, 160, 192));
                sources.put("ocr-detector-480x640", file -> OcrModels.detector(file, 480, 640));
                sources.put("ocr-recogniser-48x320", file -> OcrModels.recogniser(file, 48, 320));
            }
            case CONVOLUTIONS -> sources.putAll(generated(LayerTables.convolutions()));
            case PRODUCTS -> sources.putAll(generated(LayerTables.products()));
        }
        return sources;
    }

    private static Map<String, Source> generated(Map<String, Supplier<Graph>> graphs) {
        Map<String, Source> sources = new LinkedHashMap<>();
        graphs.forEach((name, graph) -> sources.put(name, file -> {
            try (Model model = Model.of(graph.get(), ModelOptions.defaults())) {
                model.save(file);
            }
        }));
        return sources;
    }

    private static Map<String, Supplier<Graph>> architectures() {
        Map<String, Supplier<Graph>> models = new LinkedHashMap<>();
        models.put("resnet50", ImageModels::resNet50);
        models.put("mobilenetv2", ImageModels::mobileNetV2);
        models.put("efficientnet-b0", ImageModels::efficientNetB0);
        models.put("unet", ImageModels::uNet);
        models.put("detector", ImageModels::detector);
        for (int length : new int[] {16, 128, 384}) {
            String name = "minilm-" + length;
            models.put(name, () -> SequenceModels.encoder(name, Size.MINI_LM, length));
        }
        models.put("bert-base-32", () -> SequenceModels.encoder("bert-base-32", Size.BERT_BASE, 32));
        models.put("vit-b16", () -> SequenceModels.visionTransformer(Size.VIT_BASE));
        models.put("gpt2-prefill-128", () -> SequenceModels.decoder("gpt2-prefill-128", Size.GPT2_SMALL, 128, 0));
        models.put("gpt2-step-128", () -> SequenceModels.decoder("gpt2-step-128", Size.GPT2_SMALL, 1, 128));
        models.put("lstm", () -> SequenceModels.recurrent("lstm", Recurrent.Cell.LSTM));
        models.put("gru", () -> SequenceModels.recurrent("gru", Recurrent.Cell.GRU));
        models.put("voice-activity", SpeechModels::voiceActivity);
        return models;
    }

    /// The files of the table below `folder`, each written when it is missing.
    ///
    /// @param wanted which models; all where it is empty
    /// @throws IllegalArgumentException for a name that is no model's
    public List<Path> files(Path folder, List<String> wanted) throws IOException {
        Map<String, Source> sources = sources();
        List<Path> files = new ArrayList<>();
        for (String name : wanted.isEmpty() ? List.copyOf(sources.keySet()) : wanted) {
            Source source = sources.get(name);
            if (source == null) {
                throw new IllegalArgumentException("this table has no \"" + name + "\"; it has " + sources.keySet());
            }
            Path file = folder.resolve(name + ".onnx");
            if (!Files.exists(file)) {
                Files.createDirectories(folder);
                Path part = folder.resolve(name + ".part.onnx");
                source.write(part);
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            }
            files.add(file);
        }
        return files;
    }
}
