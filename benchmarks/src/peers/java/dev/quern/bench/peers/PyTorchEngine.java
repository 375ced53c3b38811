package dev.quern.bench.peers;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import dev.quern.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// DJL with PyTorch, which runs the TorchScript file `NAME.pt` beside `NAME.onnx`: it cannot read ONNX.
final class PyTorchEngine implements Engine {
    private final ZooModel<NDList, NDList> model;
    private final Predictor<NDList, NDList> predictor;
    private final NDManager manager;

    PyTorchEngine(Path script, int threads) throws ModelNotFoundException, MalformedModelException, IOException {
        System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(threads));
        model = Criteria.builder()
                .setTypes(NDList.class, NDList.class)
                .optModelPath(script)
                .optEngine("PyTorch")
                .optDevice(Device.cpu())
                .optTranslator(new NoopTranslator())
                .build()
                .loadModel();
        predictor = model.newPredictor();
        manager = model.getNDManager().newSubManager();
    }

    @Override
    public String name() {
        return "djl-pytorch";
    }

    @Override
    public List<Object> run(Map<String, Tensor> inputs) throws TranslateException {
        try (NDManager scope = manager.newSubManager()) {
            NDList in = new NDList();
            for (Tensor t : inputs.values()) {
                Shape shape = new Shape(t.shape().extents());
                in.add(t.array() instanceof long[] a ? scope.create(a, shape) : scope.create(t.toFloats(), shape));
            }
            List<Object> outputs = new ArrayList<>();
            NDList out = predictor.predict(in);
            for (NDArray a : out) {
                outputs.add(a.toFloatArray());
                a.close();
            }
            return outputs;
        }
    }

    @Override
    public void close() {
        manager.close();
        predictor.close();
        model.close();
    }
}
