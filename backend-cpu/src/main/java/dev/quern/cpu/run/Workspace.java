package dev.quern.cpu.run;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Constant;

/// What the steps of one run work on: an array for each buffer of the program (and for each private buffer of a step),
/// and scratch for each worker.
public final class Workspace {
    private final Object[] arrays;
    private final Scratch[] scratch;
    private RunControl control = RunControl.NONE;

    /// @param buffers how many arrays there are
    /// @param workers how many threads may work on a run, the caller's included
    public Workspace(int buffers, int workers) {
        arrays = new Object[buffers];
        scratch = new Scratch[workers];
        for (int i = 0; i < workers; i++) {
            scratch[i] = new Scratch(i);
        }
    }

    public void bind(int buffer, Object array) {
        arrays[buffer] = array;
    }

    /// Binds the array of a constant, which is made when it is first asked for: of weights that have been packed it
    /// never is.
    public void bind(int buffer, Constant constant) {
        arrays[buffer] =
                constant.tensor().isDeferred() ? constant : constant.tensor().array();
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

    public Scratch scratch(int worker) {
        return scratch[worker];
    }
}
