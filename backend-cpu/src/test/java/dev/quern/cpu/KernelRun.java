package dev.quern.cpu;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A program of one kernel: buffers are numbered as they are added.
final class KernelRun {
    private final List<Buffer> buffers = new ArrayList<>();
    private final List<Tensor> inputs = new ArrayList<>();
    private final List<Integer> inputBuffers = new ArrayList<>();
    private final List<Tensor> outputs = new ArrayList<>();
    private final List<View> outputViews = new ArrayList<>();

    /// An input with these elements; gives its dense view.
    View input(Tensor tensor) {
        View view = View.dense(buffers.size(), tensor.dtype(), tensor.shape().intExtents());
        inputBuffers.add(buffers.size());
        buffers.add(new Buffer(tensor.dtype(), tensor.length(), new Buffer.Input(inputs.size())));
        inputs.add(tensor);
        return view;
    }

    View constant(Tensor tensor) {
        View view = View.dense(buffers.size(), tensor.dtype(), tensor.shape().intExtents());
        buffers.add(new Buffer(tensor.dtype(), tensor.length(), new Buffer.Fixed(new Constant(tensor))));
        return view;
    }

    View output(DType dtype, int... dims) {
        View view = View.dense(buffers.size(), dtype, dims);
        long[] extents = java.util.Arrays.stream(dims).asLongStream().toArray();
        Tensor tensor = Tensor.wrap(dtype, dtype.newArray(view.length()), extents);
        buffers.add(new Buffer(dtype, view.length(), new Buffer.Output(outputs.size())));
        outputs.add(tensor);
        outputViews.add(view);
        return view;
    }

    Program program(Kernel kernel) {
        return new Program(
                buffers, List.of(), inputBuffers, outputViews, List.of(new Program.Step(kernel, List.of("node"))));
    }

    /// The first output.
    Tensor run(CpuBackend backend, int threads, Kernel kernel) {
        return run(backend, threads, kernel, RunControl.NONE).getFirst();
    }

    List<Tensor> run(CpuBackend backend, int threads, Kernel kernel, RunControl control) {
        List<Tensor> fresh = outputs.stream()
                .map(t -> Tensor.wrap(t.dtype(), t.dtype().newArray(t.length()), t.shape()))
                .toList();
        try (Executable executable = backend.compile(program(kernel), new Backend.Settings(threads))) {
            executable.run(executable.newFrame(), inputs, fresh, control);
        }
        return fresh;
    }

    /// Elements between −2 and 2, small integers for integer types, exact in every type.
    static Tensor random(Random random, DType dtype, long... extents) {
        int n = 1;
        for (long e : extents) {
            n *= (int) e;
        }
        Elements elements = Elements.zeros(dtype, n);
        for (int i = 0; i < n; i++) {
            if (dtype.isFloat()) {
                elements.set(i, random.nextFloat() * 4 - 2);
            } else {
                elements.set(i, (long) random.nextInt(dtype == DType.BOOL ? 2 : 20) - (dtype.isSigned() ? 10 : 0));
            }
        }
        return Tensor.wrap(dtype, elements.array(), extents);
    }
}
