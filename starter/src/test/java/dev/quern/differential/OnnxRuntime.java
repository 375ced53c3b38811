package dev.quern.differential;

import dev.quern.onnx.OnnxTensors;
import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.tensor.Tensor;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// ONNX Runtime as the other opinion: a few nodes at a time, in a process of its own ([OnnxRuntimeServer]) that is
/// started again where a node ends it.
final class OnnxRuntime implements AutoCloseable {
    static final int IR_VERSION = 10;

    private static final int SECONDS = 30;

    private @Nullable Process process;

    /// The results of a drawn node by name.
    ///
    /// Operands are constants of the model, since the Java interface takes no inputs of some types.
    ///
    /// @param values holds what the node reads
    /// @throws RefusedException where ONNX Runtime does not accept the node
    Map<String, Tensor> run(NodeDraw.Drawn drawn, List<OperatorSetIdProto> opsets, Map<String, Tensor> values)
            throws RefusedException {
        List<TensorProto> constants = new ArrayList<>();
        drawn.read().forEach(name -> constants.add(OnnxTensors.encode(name, values.get(name))));
        List<ValueInfoProto> outputs = new ArrayList<>();
        drawn.node().outputs().forEach(o -> outputs.add(ValueInfoProto.of(o, null)));
        GraphProto graph = GraphProto.of("nodes", drawn.nodes(), constants, List.of(), outputs);
        return ask(OnnxWriter.toBytes(ModelProto.of(IR_VERSION, "quern-test", "", graph, opsets)));
    }

    private Map<String, Tensor> ask(byte[] model) throws RefusedException {
        Process running = process();
        CompletableFuture<Answer> coming = CompletableFuture.supplyAsync(() -> exchange(running, model));
        try {
            Answer answer = coming.get(SECONDS, TimeUnit.SECONDS);
            if (answer.refusal().isPresent()) {
                throw new RefusedException(answer.refusal().get(), false);
            }
            return answer.results();
        } catch (TimeoutException e) {
            close();
            throw new RefusedException("no answer in " + SECONDS + " s", true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while ONNX Runtime runs", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UncheckedIOException ended) {
                close();
                throw new RefusedException("the process ended: " + ended.getMessage(), true);
            }
            throw new IllegalStateException("what ONNX Runtime answers cannot be read", e.getCause());
        }
    }

    private record Answer(Map<String, Tensor> results, Optional<String> refusal) {}

    private static Answer exchange(Process process, byte[] model) {
        try {
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
            out.writeInt(model.length);
            out.write(model);
            out.flush();
            DataInputStream in = new DataInputStream(process.getInputStream());
            int count = in.readInt();
            if (count < 0) {
                String refusal = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                return new Answer(Map.of(), Optional.of(refusal));
            }
            Map<String, Tensor> results = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                TensorProto result = OnnxReader.readTensor(in.readNBytes(in.readInt()), "ONNX Runtime");
                results.put(result.name(), OnnxTensors.decode(result, ExternalData.none("ONNX Runtime")));
            }
            return new Answer(results, Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process process() {
        if (process == null || !process.isAlive()) {
            process = start();
        }
        return process;
    }

    /// Quiet, so that nothing but answers comes on standard output where the JVM is killed by a signal.
    private static Process start() {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+SuppressFatalErrorMessage",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                OnnxRuntimeServer.class.getName());
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("a JVM for ONNX Runtime", e);
        }
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
            process = null;
        }
    }
}
