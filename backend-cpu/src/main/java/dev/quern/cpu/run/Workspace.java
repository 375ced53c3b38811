package dev.quern.cpu.run;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Constant;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// What the steps of one run work on: an array for each buffer of the program (and for each private buffer of a step),
/// and scratch for each worker.
public final class Workspace {
    private final Object[] arrays;
    private final @Nullable MemorySegment[] segments;
    private final Scratch[] scratch;
    private RunControl control = RunControl.NONE;

    /// @param buffers how many arrays there are
    /// @param workers how many threads may work on a run, the caller's included
    public Workspace(int buffers, int workers) {
        arrays = new Object[buffers];
        segments = new MemorySegment[buffers];
        scratch = new Scratch[workers];
        for (int i = 0; i < workers; i++) {
            scratch[i] = new Scratch(i);
        }
    }

    @SuppressWarnings("ReferenceEquality") // arrays
    public void bind(int buffer, Object array) {
        if (arrays[buffer] != array) {
            arrays[buffer] = array;
            segments[buffer] = null;
        }
    }

    /// Binds the array of a constant, which is made when it is first asked for: of weights that have been packed it
    /// never is.
    public void bind(int buffer, Constant constant) {
        bind(
                buffer,
                constant.tensor().isDeferred()
                        ? (Object) constant
                        : constant.tensor().array());
    }

    /// Binds the arrays of constants that have been asked for meanwhile; not while anybody works.
    public void settle() {
        for (int i = 0; i < arrays.length; i++) {
            if (arrays[i] instanceof Constant constant) {
                bind(i, constant);
            }
        }
    }

    public void watchedBy(RunControl runControl) {
        control = runControl;
    }

    public RunControl control() {
        return control;
    }

    public Object array(int buffer) {
        return arrays[buffer] instanceof Constant constant ? constant.tensor().array() : arrays[buffer];
    }

    public float[] floats(int buffer) {
        return arrays[buffer] instanceof float[] floats ? floats : (float[]) array(buffer);
    }

    /// The segment over the array of a buffer of numbers: the same one until another array is bound.
    public MemorySegment segment(int buffer) {
        MemorySegment segment = segments[buffer];
        if (segment == null) {
            segment = Segments.of(array(buffer));
            segments[buffer] = segment;
        }
        return segment;
    }

    public Scratch scratch(int worker) {
        return scratch[worker];
    }
}
