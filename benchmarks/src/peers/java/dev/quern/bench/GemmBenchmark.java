package dev.quern.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quern.backend.Backend;
import dev.quern.backend.Backends;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.onnx.proto.DataType;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.TensorEncoder;
import dev.quern.onnx.proto.TensorShapeProto;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One matrix product with a constant right side, one thread: Quern beside ONNX Runtime, whose input and output stay in
/// buffers of its own (so nothing is copied through JNI).
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 5,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@SuppressWarnings("NullAway.Init") // JMH calls the set-up before anything else
public class GemmBenchmark {
    /// Rows × sum × columns.
    @Param({"128x768x768", "512x512x512"})
    public String size;

    private Executable executable;
    private Executable.Frame frame;
    private List<Tensor> inputs;
    private List<Tensor> outputs;
    private OrtEnvironment environment;
    private OrtSession session;
    private OnnxTensor ortInput;
    private OnnxTensor ortOutput;
    private FloatBuffer ortResult;

    @Setup
    public void prepare() throws OrtException, InterruptedException {
        String[] extents = size.split("x");
        int m = Integer.parseInt(extents[0]);
        int k = Integer.parseInt(extents[1]);
        int n = Integer.parseInt(extents[2]);
        float[] a = random(m * k, 1);
        float[] b = random(k * n, 2);
        prepareQuern(a, b, m, k, n);
        preparePeer(a, b, m, k, n);
        quern();
        onnxRuntime();
        float[] ours = (float[]) outputs.getFirst().array();
        for (int i = 0; i < ours.length; i++) {
            if (!(Math.abs(ours[i] - ortResult.get(i)) <= 1e-6 * k)) {
                throw new IllegalStateException("element " + i + ": " + ours[i] + " and " + ortResult.get(i));
            }
        }
    }

    private static float[] random(int n, int seed) {
        Random random = new Random(seed);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextFloat() * 2 - 1;
        }
        return x;
    }

    private void prepareQuern(float[] a, float[] b, int m, int k, int n) throws InterruptedException {
        List<Buffer> buffers = List.of(
                new Buffer(DType.F32, m * k, new Buffer.Input(0)),
                new Buffer(DType.F32, k * n, new Buffer.Fixed(new Constant(Tensor.of(b, k, n)))),
                new Buffer(DType.F32, m * n, new Buffer.Output(0)));
        View result = View.dense(2, DType.F32, m, n);
        Kernel product = new Kernel.Contract(
                View.dense(0, DType.F32, m, k),
                View.dense(1, DType.F32, k, n),
                null,
                null,
                DType.F32,
                List.of(),
                Expr.arg(0, DType.F32),
                result);
        Program program = new Program(
                buffers, List.of(), List.of(0), List.of(result), List.of(new Program.Step(product, List.of("matmul"))));
        executable = Backends.prefer("cpu").compile(program, new Backend.Settings(1));
        frame = executable.newFrame();
        inputs = List.of(Tensor.of(a, m, k));
        outputs = List.of(Tensor.of(new float[m * n], m, n));
        executable.run(frame, inputs, outputs, RunControl.NONE);
        executable.awaitReady();
    }

    private void preparePeer(float[] a, float[] b, int m, int k, int n) throws OrtException {
        environment = OrtEnvironment.getEnvironment();
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        session = environment.createSession(model(b, m, k, n), options);
        FloatBuffer input = direct(m * k);
        input.put(a).rewind();
        ortResult = direct(m * n);
        ortInput = OnnxTensor.createTensor(environment, input, new long[] {m, k});
        ortOutput = OnnxTensor.createTensor(environment, ortResult, new long[] {m, n});
    }

    private static FloatBuffer direct(int n) {
        return ByteBuffer.allocateDirect(4 * n).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }

    private static byte[] model(float[] b, int m, int k, int n) {
        GraphProto graph = GraphProto.of(
                "product",
                List.of(NodeProto.of("", "MatMul", "matmul", List.of("a", "b"), List.of("c"), List.of())),
                List.of(TensorEncoder.encode("b", DataType.FLOAT, new long[] {k, n}, b)),
                List.of(matrix("a", m, k)),
                List.of(matrix("c", m, n)));
        return OnnxWriter.toBytes(ModelProto.of(8, "quern-bench", "", graph, List.of(new OperatorSetIdProto("", 17))));
    }

    private static ValueInfoProto matrix(String name, int rows, int columns) {
        TensorShapeProto shape = TensorShapeProto.of(List.of(extent(rows), extent(columns)));
        return ValueInfoProto.of(name, TypeProto.tensor(DataType.FLOAT, shape));
    }

    private static TensorShapeProto.Dimension extent(int size) {
        return TensorShapeProto.Dimension.of(new TensorShapeProto.Extent.Fixed(size));
    }

    @Benchmark
    public Tensor quern() {
        executable.run(frame, inputs, outputs, RunControl.NONE);
        return outputs.getFirst();
    }

    @Benchmark
    public FloatBuffer onnxRuntime() throws OrtException {
        session.run(Map.of("a", ortInput), Map.of("c", ortOutput)).close();
        return ortResult;
    }

    @TearDown
    public void close() throws OrtException {
        executable.close();
        ortInput.close();
        ortOutput.close();
        session.close();
    }
}
