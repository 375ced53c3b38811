package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.tensor.DType;

/// The registers of a [BlockProgram] during a run: arrays of [#SIZE] elements, in three files by how they are computed.
final class Block {
    /// Elements in a block: 16 of them fill half of a first-level cache.
    static final int SIZE = 512;

    /// Which file an element type is computed in: `f32` and floats of fewer bits in float, `f64` in double,
    /// integers and `bool` in long, in the form that [dev.quern.tensor.Conversion] describes.
    enum File {
        FLOAT,
        DOUBLE,
        LONG;

        static File of(DType type) {
            return switch (type.kind()) {
                case FLOAT -> type == DType.F64 ? DOUBLE : FLOAT;
                case SIGNED, UNSIGNED, BOOL -> LONG;
                case STRING, COMPLEX -> throw new IllegalArgumentException(type + " is not computed with");
            };
        }
    }

    private final Scratch scratch;
    private final int base;

    /// @param base the first of the scratch arrays that are registers
    Block(Scratch scratch, int base) {
        this.scratch = scratch;
        this.base = base;
    }

    float[] floats(int register) {
        return scratch.floats(base + register, SIZE);
    }

    double[] doubles(int register) {
        return scratch.doubles(base + register, SIZE);
    }

    long[] longs(int register) {
        return scratch.longs(base + register, SIZE);
    }
}
