package dev.quern.codegen;

import dev.quern.backend.ProductPrecision;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Products on a GPU: a group of 256 items computes a tile of 64 × 64 sums, 16 an item; 16 steps of `k` at a time come
/// through local memory ([SumTile]).
///
/// @param depth the extent of `k`
/// @param a gives elements by row and `k`
/// @param b gives elements by column and `k`
/// @param finish stores the sums, [batch…, rows, columns]
record GroupProduct(
        List<Buffer> buffers,
        ContractCode.Accumulator sum,
        int depth,
        SumTile.Operand a,
        SumTile.Operand b,
        Finish finish) {
    private static final int ITEMS = 256;
    private static final int TILE = 64;
    private static final int EDGE = 16;
    private static final int LEAST = 16;

    static boolean pays(int rows, int columns) {
        return rows >= LEAST && columns >= LEAST;
    }

    static List<String> position(List<String> batch, String... last) {
        List<String> at = new ArrayList<>(batch);
        at.addAll(List.of(last));
        return at;
    }

    /// The launch, or with rounded operands that of matrix units.
    Launch launch(ProductPrecision precision) {
        return precision == ProductPrecision.F32 ? launch() : new MatrixProduct(this, precision).launch();
    }

    private Launch launch() {
        View out = finish.outputs().getFirst();
        int axes = out.rank() - 2;
        int rows = out.dim(axes);
        int columns = out.dim(axes + 1);
        KernelText text = new KernelText("product", ITEMS, buffers);
        SumTile sums = new SumTile(text, sum, TILE, TILE, ITEMS, EDGE);
        text.line("LOCAL %s as[%s];", sum.type(), SumTile.elements(TILE));
        text.line("LOCAL %s bs[%s];", sum.type(), SumTile.elements(TILE));
        List<String> extents = text.extents(out.dims());
        String steps = text.number(depth);
        List<String> parts = new ArrayList<>(extents.subList(0, axes));
        int down = Math.ceilDiv(rows, TILE);
        int across = Math.ceilDiv(columns, TILE);
        parts.add(text.number(down));
        parts.add(text.number(across));
        text.line("int tile = item / %s;", ITEMS);
        List<String> lead = text.positions("tile", parts);
        List<String> batch = lead.subList(0, axes);
        text.line("int top = %s * %s;", lead.get(axes), TILE);
        text.line("int left = %s * %s;", lead.getLast(), TILE);
        sums.place();
        sums.clear();
        text.open("for (int k0 = 0; k0 < %s; k0 += %s) {", steps, SumTile.STEPS);
        sums.fetchRows(a, "as", batch, "top", extents.get(axes), steps);
        sums.fetchColumns(b, "bs", batch, "left", extents.getLast(), steps);
        text.line("BARRIER;");
        sums.accumulate(sums.fetched("as"), steps);
        text.line("BARRIER;");
        text.close();
        sums.eachFinished(
                "top",
                "left",
                extents.get(axes),
                extents.getLast(),
                state -> finish.write(text, List.of(state), position(batch, "m", "n"), extents));
        int batches = Arrays.stream(out.dims()).limit(axes).reduce(1, (x, y) -> x * y);
        return text.launch(batches * down * across * ITEMS, (long) (depth / 4 + 4) * out.length());
    }
}
