package consumer;

import dev.quern.backend.Backends;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;

/// Scores one blank digit by the model and on the backend that the arguments name.
public final class Score {
    private Score() {}

    public static void main(String[] args) {
        ModelOptions options = ModelOptions.defaults().backend(Backends.prefer(args[1]));
        try (Model model = Model.load(Path.of(args[0]), options)) {
            Tensor scores = model.run(Tensor.of(new float[64], 1, 1, 8, 8));
            System.out.println(model.backend().name() + ": " + scores.type());
        }
        System.out.println("vectors: "
                + ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
    }
}
