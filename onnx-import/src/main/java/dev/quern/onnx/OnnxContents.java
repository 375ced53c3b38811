package dev.quern.onnx;

import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.StringStringEntryProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.session.ModelContents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What a model's messages hold.
final class OnnxContents {
    private OnnxContents() {}

    /// @param bytes the size of the messages and of all that is stored beside them
    static ModelContents of(ModelProto model, long bytes) {
        Functions functions = new Functions(model.functions());
        Map<String, Integer> operators = new TreeMap<>();
        int calls = 0;
        for (NodeProto n : model.graph().nodes()) {
            String domain = OperatorTable.canonical(n.domain());
            operators.merge((domain.isEmpty() ? "" : domain + ".") + n.opType(), 1, Integer::sum);
            calls += functions.find(n).isPresent() ? 1 : 0;
        }
        return new ModelContents(operators, calls, bytes, OnnxFormat.named(OnnxFormat.opsets(model.opsetImports())));
    }

    /// With the sizes of the file and of those that it names for its initializers.
    static ModelContents ofFile(ModelProto model, Path file) throws IOException {
        long bytes = Files.size(file);
        for (String name : weightFiles(model)) {
            bytes += size(file, name);
        }
        return of(model, bytes);
    }

    /// Of a file that is not there, nothing: reading its tensors tells.
    private static long size(Path model, String name) throws IOException {
        try {
            Path weights = model.toAbsolutePath().resolveSibling(name);
            return Files.isRegularFile(weights) ? Files.size(weights) : 0;
        } catch (InvalidPathException noName) {
            return 0;
        }
    }

    private static Set<String> weightFiles(ModelProto model) {
        Set<String> names = new HashSet<>();
        for (TensorProto t : model.graph().initializers()) {
            for (StringStringEntryProto e : t.data().externalData()) {
                if (t.data().isExternal() && e.key().equals("location")) {
                    names.add(e.value());
                }
            }
        }
        return names;
    }
}
