package dev.quern.cpu.winograd;

import java.util.List;

/// A product with a small constant matrix, `y = M · x`, as a list of fused multiply-adds in which common parts are
/// computed once. Values are numbered: first the inputs, then the result of each step.
///
/// @param inputs elements of x
/// @param steps each one gives the next value
/// @param outputs which values are the elements of y
public record Transform(int inputs, List<Step> steps, List<Integer> outputs) {
    /// `factor · x + y`, rounded once; x and y are numbers of values.
    public record Step(float factor, int x, int y) {}

    /// Bᵀ of F(4, 3): six neighbouring inputs, seen from the points 0, 1, −1, 2, −2 and ∞.
    public static final Transform INPUT = new Transform(
            6,
            List.of(
                    new Step(-5, 2, 4),
                    new Step(4, 0, 6),
                    new Step(-4, 2, 4),
                    new Step(-4, 1, 3),
                    new Step(1, 9, 8),
                    new Step(-1, 9, 8),
                    new Step(-1, 2, 4),
                    new Step(-1, 1, 3),
                    new Step(2, 13, 12),
                    new Step(-2, 13, 12),
                    new Step(-5, 3, 5),
                    new Step(4, 1, 16)),
            List.of(7, 10, 11, 14, 15, 17));

    /// Aᵀ of F(4, 3): four neighbouring outputs from the values at those points.
    public static final Transform OUTPUT = new Transform(
            6,
            List.of(
                    new Step(1, 1, 2),
                    new Step(-1, 2, 1),
                    new Step(1, 3, 4),
                    new Step(-1, 4, 3),
                    new Step(1, 0, 6),
                    new Step(1, 8, 10),
                    new Step(2, 9, 7),
                    new Step(4, 8, 6),
                    new Step(8, 9, 7),
                    new Step(1, 14, 5)),
            List.of(11, 12, 13, 15));

    /// G of F(4, 3) times 24, so that its factors are integers: three neighbouring weights at those points.
    public static final Transform WEIGHTS = new Transform(
            3,
            List.of(
                    new Step(5, 0, 0),
                    new Step(1, 0, 2),
                    new Step(1, 1, 4),
                    new Step(-5, 5, 5),
                    new Step(-1, 1, 4),
                    new Step(-5, 7, 7),
                    new Step(4, 2, 0),
                    new Step(2, 1, 9),
                    new Step(-2, 1, 9),
                    new Step(23, 2, 2)),
            List.of(3, 6, 8, 10, 11, 12));

    /// The transpose of OUTPUT: four neighbouring elements of the gradient of an output at those points.
    public static final Transform OUTPUT_ADJOINT = new Transform(
            4,
            List.of(
                    new Step(1, 0, 2),
                    new Step(1, 1, 3),
                    new Step(1, 4, 5),
                    new Step(-1, 5, 4),
                    new Step(4, 2, 0),
                    new Step(4, 3, 1),
                    new Step(2, 9, 8),
                    new Step(-2, 9, 8)),
            List.of(0, 6, 7, 10, 11, 3));

    /// The transpose of WEIGHTS, 24 times as much: the gradient of three neighbouring weights from the values at
    /// those points.
    public static final Transform WEIGHTS_ADJOINT = new Transform(
            6,
            List.of(
                    new Step(1, 1, 2),
                    new Step(-1, 2, 1),
                    new Step(1, 3, 4),
                    new Step(-1, 4, 3),
                    new Step(-4, 6, 8),
                    new Step(6, 0, 10),
                    new Step(-2, 7, 9),
                    new Step(1, 12, 12),
                    new Step(-1, 6, 8),
                    new Step(6, 5, 14),
                    new Step(3, 15, 15)),
            List.of(11, 13, 16));

    /// How many values there are, inputs and results.
    public int values() {
        return inputs + steps.size();
    }
}
