package dev.quern.codegen;

import dev.quern.backend.ProductPrecision;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Products on matrix units, with operands rounded and sums in `f32`: a group of four warps computes a tile of 64 × 64
/// sums, each warp 32 × 32 of them as 2 × 4 pieces of 16 × 8; 32 steps of `k` at a time come through local memory, rows
/// and columns side by side along `k`, in lines of such a length that the items of a warp meet different banks.
///
/// CUDA C++ only: `matrix.h` has the instructions.
///
/// @param product what is multiplied and what becomes of the sums, in `f32`
record MatrixProduct(GroupProduct product, ProductPrecision precision) {
    private static final int ITEMS = 128;
    private static final int TILE = 64;
    private static final int STEPS = 32;
    private static final int WARP = 32;
    private static final int ROWS = 16;
    private static final int COLUMNS = 8;
    /// Words that a piece takes along `k`.
    private static final int WORDS = 8;
    private static final int PADDING = 4;

    private String type() {
        return precision.name().toLowerCase(Locale.ROOT);
    }

    /// Elements in a word.
    private int packed() {
        return precision == ProductPrecision.TF32 ? 1 : 2;
    }

    private int line() {
        return STEPS / packed() + PADDING;
    }

    Launch launch() {
        Finish finish = product.finish();
        View out = finish.outputs().getFirst();
        int axes = out.rank() - 2;
        int down = Math.ceilDiv(out.dim(axes), TILE);
        int across = Math.ceilDiv(out.dim(axes + 1), TILE);
        KernelText text = new KernelText("product_" + type(), ITEMS, product.buffers());
        text.line("LOCAL u32 as[%s];", TILE * line());
        text.line("LOCAL u32 bs[%s];", TILE * line());
        List<String> extents = text.extents(out.dims());
        String steps = text.number(product.depth());
        List<String> parts = new ArrayList<>(extents.subList(0, axes));
        parts.add(text.number(down));
        parts.add(text.number(across));
        text.line("int tile = item / %s;", ITEMS);
        List<String> lead = text.positions("tile", parts);
        List<String> batch = lead.subList(0, axes);
        text.line("int top = %s * %s;", lead.get(axes), TILE);
        text.line("int left = %s * %s;", lead.getLast(), TILE);
        text.line("int row = LOCAL_ITEM / %s / 2 * %s;", WARP, WARP);
        text.line("int column = LOCAL_ITEM / %s %% 2 * %s;", WARP, WARP);
        text.line("float acc[%s][%s][4];", WARP / ROWS, WARP / COLUMNS);
        eachPiece(text, () -> text.line("acc[i][j][0] = acc[i][j][1] = acc[i][j][2] = acc[i][j][3] = 0;"));
        text.open("for (int k0 = 0; k0 < %s; k0 += %s) {", steps, STEPS);
        fetch(text, product.a(), "as", batch, "top", extents.get(axes), steps);
        fetch(text, product.b(), "bs", batch, "left", extents.getLast(), steps);
        text.line("BARRIER;");
        text.line("UNROLL");
        text.open("for (int w = 0; w < %s; w += %s) {", STEPS / packed(), WORDS);
        eachPiece(
                text,
                () -> text.line(
                        "multiply_%s(acc[i][j], as + (row + %s * i) * %s + w, bs + (column + %s * j) * %s + w, %s);",
                        type(), ROWS, line(), COLUMNS, line(), line()));
        text.close();
        text.line("BARRIER;");
        text.close();
        store(text, batch, extents);
        int batches = Arrays.stream(out.dims()).limit(axes).reduce(1, (x, y) -> x * y);
        return text.launch(batches * down * across * ITEMS, (long) (product.depth() / 16 + 4) * out.length());
    }

    private static void eachPiece(KernelText text, Runnable body) {
        text.line("UNROLL");
        text.open("for (int i = 0; i < %s; i++) {", WARP / ROWS);
        text.line("UNROLL");
        text.open("for (int j = 0; j < %s; j++) {", WARP / COLUMNS);
        body.run();
        text.close();
        text.close();
    }

    /// The items of the group bring a tile of lines by steps, rounded; what is outside is 0.
    private void fetch(
            KernelText text,
            SumTile.Operand from,
            String to,
            List<String> batch,
            String start,
            String end,
            String steps) {
        text.line("UNROLL_BY_4");
        text.open("for (int e = LOCAL_ITEM; e < %s; e += %s) {", STEPS * TILE, ITEMS);
        text.line("int kk = %s;", from.isAlongDepth() ? "e % " + STEPS : "e / " + TILE);
        text.line("int line = %s;", from.isAlongDepth() ? "e / " + STEPS : "e % " + TILE);
        text.line("int k = k0 + kk;");
        text.line("int at = %s + line;", start);
        text.line("float x = 0;");
        text.open("if (k < %s && at < %s) {", steps, end);
        text.line("x = %s;", from.element().value(text, batch, "at", "k"));
        text.close();
        String words = packed() == 1 ? to : "((u16*) " + to + ")";
        text.line("%s[line * %s + kk] = %s_of_f32(x);", words, packed() * line(), type());
        text.close();
    }

    private void store(KernelText text, List<String> batch, List<String> extents) {
        int axes = extents.size() - 2;
        eachPiece(text, () -> {
            text.line("UNROLL");
            text.open("for (int c = 0; c < 4; c++) {");
            text.line("int m = top + row + %s * i + WARP_ITEM / 4 + c / 2 * 8;", ROWS);
            text.line("int n = left + column + %s * j + WARP_ITEM %% 4 * 2 + c %% 2;", COLUMNS);
            text.open("if (m < %s && n < %s) {", extents.get(axes), extents.getLast());
            String state = text.variable(DType.F32, "acc[i][j][c]");
            product.finish().write(text, List.of(state), GroupProduct.position(batch, "m", "n"), extents);
            text.close();
            text.close();
        });
    }
}
