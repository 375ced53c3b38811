package dev.quern.cpu.gemm;

/// One operand of a block product: lines (the rows of A, the columns of B) of k elements, packed in
/// [panels][Panels] or as they are stored.
///
/// @param at where the first line begins
/// @param k of the packed panels, which lie `lines of a panel · k` apart
/// @param step 0 where packed. Else the distance between rows, each of which lies in order: element (i, p) of A is at
///     `at + i · step + p`, element (p, j) of B at `at + p · step + j`
public record Factor(float[] array, int at, int k, int step) {

    public static Factor packed(float[] array, int at, int k) {
        return new Factor(array, at, k, 0);
    }

    public boolean isPacked() {
        return step == 0;
    }
}
