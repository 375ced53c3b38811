package dev.quern.onnx.proto;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Puts the larger initializers of a model into a file beside it: the opposite of [ExternalInliner].
public final class ExternalSplitter {
    /// Smaller tensors stay, so that shapes and axes can be read in the model itself.
    private static final int SMALLEST = 1024;

    /// Large tensors begin at pages, so that they can be mapped.
    private static final int PAGE = 4096;

    private static final int PAGED = 1 << 16;

    /// What a model file may have, less room for everything but tensors.
    private static final long MOST_IN_ONE_FILE = Integer.MAX_VALUE - (64L << 20);

    private ExternalSplitter() {}

    /// The model with its larger initializers in `name` beside `file`, which is written; the model as it is
    /// where no name is given and one file is enough, else the name is that of `file` with `.data` behind it.
    ///
    /// @throws IOException if the file of tensors cannot be written
    public static ModelProto split(ModelProto model, Path file, Optional<String> name) throws IOException {
        if (name.isEmpty() && bytes(model.graph()) <= MOST_IN_ONE_FILE) {
            return model;
        }
        String location = name.orElseGet(() -> file.getFileName() + ".data");
        Path target = file.toAbsolutePath().resolveSibling(location);
        boolean isBeside = !location.contains("/") && !location.contains("\\") && !location.equals("..");
        if (!isBeside || target.equals(file.toAbsolutePath())) {
            throw new IOException("the file of the weights must be another one in the same folder, not " + location);
        }
        Path partial = target.resolveSibling("." + target.getFileName() + ".part");
        try {
            List<TensorProto> tensors = new ArrayList<>();
            try (FileChannel channel = FileChannel.open(
                    partial,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                for (TensorProto t : model.graph().initializers()) {
                    tensors.add(moved(t, location, channel));
                }
                channel.force(true);
            }
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return model.withGraph(model.graph().withInitializers(tensors));
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static long bytes(GraphProto graph) {
        return graph.initializers().stream()
                .mapToLong(t -> t.data().rawData().size())
                .sum();
    }

    private static TensorProto moved(TensorProto tensor, String location, FileChannel channel) throws IOException {
        Bytes raw = tensor.data().rawData();
        if (raw.size() < SMALLEST) {
            return tensor;
        }
        long end = channel.position();
        long start = raw.size() < PAGED ? end : Math.ceilDiv(end, PAGE) * PAGE;
        channel.position(start);
        raw.writeTo(channel);
        return tensor.withData(TensorData.external(location, start, raw.size()));
    }
}
