package dev.quern.cpu.winograd;

import dev.quern.cpu.run.Scratch;

/// Transforms block by block: a loop over an array of 512 elements for each step, which the compiler vectorises.
public final class PlainTransforms implements TransformKernel {
    private static final int BLOCK = 512;

    @Override
    public void apply(
            Transform transform,
            Scratch scratch,
            float[] from,
            int at,
            int step,
            int line,
            float[] to,
            int toAt,
            int toStep,
            int toLine,
            int lines,
            int lanes) {
        for (int i = 0; i < lines; i++) {
            for (int lane = 0; lane < lanes; lane += BLOCK) {
                int n = Math.min(BLOCK, lanes - lane);
                for (int j = 0; j < transform.inputs(); j++) {
                    System.arraycopy(from, at + i * line + j * step + lane, value(scratch, j), 0, n);
                }
                values(transform, scratch, n);
                for (int j = 0; j < transform.outputs().size(); j++) {
                    float[] y = value(scratch, transform.outputs().get(j));
                    System.arraycopy(y, 0, to, toAt + i * toLine + j * toStep + lane, n);
                }
            }
        }
    }

    private static float[] value(Scratch scratch, int number) {
        return scratch.floats(SCRATCH + number, BLOCK);
    }

    private static void values(Transform transform, Scratch scratch, int n) {
        for (int i = 0; i < transform.steps().size(); i++) {
            Transform.Step step = transform.steps().get(i);
            fma(
                    step.factor(),
                    value(scratch, step.x()),
                    value(scratch, step.y()),
                    value(scratch, transform.inputs() + i),
                    n);
        }
    }

    private static void fma(float factor, float[] x, float[] y, float[] z, int n) {
        for (int i = 0; i < n; i++) {
            z[i] = Math.fma(factor, x[i], y[i]);
        }
    }
}
