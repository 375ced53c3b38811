package dev.quern.bench.peers;

import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// This library.
final class QuernEngine implements Engine {
    private final Model model;

    QuernEngine(Path file, int threads) {
        model = Model.load(file, ModelOptions.defaults().threads(threads));
    }

    Model model() {
        return model;
    }

    @Override
    public String name() {
        return "quern";
    }

    @Override
    public List<Object> run(Map<String, Tensor> inputs) {
        List<Object> outputs = new ArrayList<>();
        for (Datum d : model.run(inputs).values()) {
            outputs.add(d instanceof Tensor t ? t.array() : d.asMaps());
        }
        return outputs;
    }

    @Override
    public void warmUp(Map<String, Tensor> inputs) throws InterruptedException {
        Map<String, long[]> shapes = new HashMap<>();
        inputs.forEach((name, t) -> shapes.put(name, t.shape().extents()));
        model.warmUp(shapes);
    }

    @Override
    public void close() {
        model.close();
    }
}
