package dev.quern.cpu.gemm;

/// Brings matrices into [panels][Panels]: moves numbers only, so every form gives the same panels.
public interface Packing {

    /// How high and how wide panels are.
    Tile tile();

    /// Packs rows of A; element (i, p) is at `at + i · rowStride + p · kStride`.
    void packA(float[] from, int at, int rowStride, int kStride, int rows, int k, float[] to, int toAt);

    /// Packs columns of B; element (p, j) is at `at + p · kStride + j · columnStride`.
    void packB(float[] from, int at, int kStride, int columnStride, int k, int columns, float[] to, int toAt);
}
