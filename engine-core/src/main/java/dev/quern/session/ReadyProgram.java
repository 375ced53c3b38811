package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.compile.InPlace;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/// A program compiled for its backend, with a pool of frames.
final class ReadyProgram implements AutoCloseable {
    private static final int FRAMES_KEPT = 16;

    private final Program program;
    private final Executable executable;
    private final ArrayBlockingQueue<Executable.Frame> frames = new ArrayBlockingQueue<>(FRAMES_KEPT);
    private final List<Shape> outputShapes;
    private final Map<Long, Boolean> overwrites = new ConcurrentHashMap<>();
    private volatile boolean isRetired;

    ReadyProgram(Program program, Backend backend, Backend.Settings settings) {
        this.program = program;
        this.executable = backend.compile(program, settings);
        this.outputShapes =
                program.outputs().stream().map(v -> Shape.of(v.dims())).toList();
    }

    Program program() {
        return program;
    }

    /// Whether a result may be written over an argument, both by position.
    boolean overwrites(int input, int output) {
        return overwrites.computeIfAbsent(((long) input << 32) | output, key -> InPlace.allows(program, input, output));
    }

    Executable executable() {
        return executable;
    }

    /// Bytes that one run allocates at most: a frame and its outputs.
    long plannedBytes() {
        return executable.frameBytes().orElseGet(program::frameBytes) + outputBytes(program);
    }

    /// The same by the program alone, before its backend has seen it.
    static long plannedBytes(Program program) {
        return program.frameBytes() + outputBytes(program);
    }

    private static long outputBytes(Program program) {
        long bytes = 0;
        for (View v : program.outputs()) {
            bytes += (long) v.length() * v.dtype().bytes();
        }
        return bytes;
    }

    List<Tensor> newOutputs(RunControl control) {
        List<Tensor> outputs = new ArrayList<>(outputShapes.size());
        for (int i = 0; i < outputShapes.size(); i++) {
            control.check();
            outputs.add(Tensor.zeros(program.outputs().get(i).dtype(), outputShapes.get(i)));
        }
        return outputs;
    }

    /// A place for each result, by position: the tensor that `given` has for it, else a new one.
    ///
    /// @throws InputException where a given tensor has another type than the result
    List<Tensor> outputs(IntFunction<Optional<Tensor>> given, RunControl control) {
        List<Tensor> outputs = new ArrayList<>(outputShapes.size());
        for (int i = 0; i < outputShapes.size(); i++) {
            control.check();
            DType dtype = program.outputs().get(i).dtype();
            Shape shape = outputShapes.get(i);
            outputs.add(given.apply(i).orElseGet(() -> Tensor.zeros(dtype, shape)));
            Tensor chosen = outputs.getLast();
            if (chosen.dtype() != dtype || !chosen.shape().equals(outputShapes.get(i))) {
                throw new InputException(
                        "a result must go into " + dtype + outputShapes.get(i) + ", not " + chosen.type());
            }
        }
        return outputs;
    }

    void run(List<Tensor> inputs, List<Tensor> outputs, RunControl control) {
        Executable.Frame frame = frames.poll();
        if (frame == null) {
            frame = executable.newFrame(control);
        }
        try {
            executable.run(frame, inputs, outputs, control);
        } finally {
            if (!frames.offer(frame)) {
                frame.close();
            }
            if (isRetired) {
                closeFrames();
            }
        }
    }

    /// Gives up the memory of runs, now and after each that is under way: others are not expected.
    void retire() {
        isRetired = true;
        closeFrames();
    }

    private void closeFrames() {
        for (Executable.Frame f = frames.poll(); f != null; f = frames.poll()) {
            f.close();
        }
    }

    @Override
    public void close() {
        frames.clear();
        executable.close();
    }
}
