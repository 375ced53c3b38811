package dev.quern.codegen;

import dev.quern.backend.ProductPrecision;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Products on a GPU: a group of 256 items computes a tile of 64 × 64 sums, 16 an item; 16 steps of `k` at a time come
/// through local memory. Every sum takes the steps of the plain form in their order.
///
/// @param depth the extent of `k`
/// @param a gives elements by row and `k`
/// @param b gives elements by column and `k`
/// @param finish stores the sums, [batch…, rows, columns]
record GroupProduct(
        List<Buffer> buffers, ContractCode.Accumulator sum, int depth, Operand a, Operand b, Finish finish) {
    private static final int ITEMS = 256;
    private static final int TILE = 64;
    private static final int EDGE = 16;
    private static final int SUMS = TILE / EDGE;
    private static final int STEPS = 16;
    /// One more than a tile, so that neighbours along `k` lie in different banks.
    private static final int LINE = TILE + 1;

    private static final int LEAST = 16;

    /// One side of the product.
    ///
    /// @param isAlongDepth whether neighbours along `k` lie side by side, so that they are read together
    record Operand(boolean isAlongDepth, Element element) {}

    /// Writes what gives an element.
    interface Element {
        /// @param line the row of `a` or column of `b`
        /// @return its value, in the type of the sums
        String value(KernelText text, List<String> batch, String line, String k);
    }

    static boolean pays(int rows, int columns) {
        return rows >= LEAST && columns >= LEAST;
    }

    static List<String> position(List<String> batch, String first, String second) {
        List<String> at = new ArrayList<>(batch);
        at.add(first);
        at.add(second);
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
        text.line("LOCAL %s as[%s];", sum.type(), STEPS * LINE);
        text.line("LOCAL %s bs[%s];", sum.type(), STEPS * LINE);
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
        text.line("int row = LOCAL_ITEM / %s;", EDGE);
        text.line("int column = LOCAL_ITEM %% %s;", EDGE);
        text.line("%s acc[%s][%s];", sum.type(), SUMS, SUMS);
        eachSum(text, () -> text.line("acc[i][j] = 0;"));
        text.open("for (int k0 = 0; k0 < %s; k0 += %s) {", steps, STEPS);
        fetch(text, a, "as", batch, "top", extents.get(axes), steps);
        fetch(text, b, "bs", batch, "left", extents.getLast(), steps);
        text.line("BARRIER;");
        text.open("if (k0 + %s <= %s) {", STEPS, steps);
        text.line("UNROLL");
        accumulate(text, Integer.toString(STEPS));
        text.close();
        text.open("else {");
        accumulate(text, steps + " - k0");
        text.close();
        text.line("BARRIER;");
        text.close();
        eachSum(text, () -> {
            text.line("int m = top + row + %s * i;", EDGE);
            text.line("int n = left + column + %s * j;", EDGE);
            text.open("if (m < %s && n < %s) {", extents.get(axes), extents.getLast());
            String state = text.variable(sum.dtype(), sum.value("acc[i][j]"));
            finish.write(text, List.of(state), position(batch, "m", "n"), extents);
            text.close();
        });
        int batches = Arrays.stream(out.dims()).limit(axes).reduce(1, (x, y) -> x * y);
        return text.launch(batches * down * across * ITEMS, (long) (depth / 4 + 4) * out.length());
    }

    private static void eachSum(KernelText text, Runnable body) {
        text.line("UNROLL");
        text.open("for (int i = 0; i < %s; i++) {", SUMS);
        text.line("UNROLL");
        text.open("for (int j = 0; j < %s; j++) {", SUMS);
        body.run();
        text.close();
        text.close();
    }

    /// The items of the group bring a tile of lines by steps; what is outside is 0 and not used.
    private void fetch(
            KernelText text, Operand from, String to, List<String> batch, String start, String end, String steps) {
        text.line("UNROLL");
        text.open("for (int e = LOCAL_ITEM; e < %s; e += %s) {", STEPS * TILE, ITEMS);
        text.line("int kk = %s;", from.isAlongDepth() ? "e % " + STEPS : "e / " + TILE);
        text.line("int line = %s;", from.isAlongDepth() ? "e / " + STEPS : "e % " + TILE);
        text.line("int k = k0 + kk;");
        text.line("int at = %s + line;", start);
        text.line("%s x = 0;", sum.type());
        text.open("if (k < %s && at < %s) {", steps, end);
        text.line("x = %s;", from.element().value(text, batch, "at", "k"));
        text.close();
        text.line("%s[kk * %s + line] = x;", to, LINE);
        text.close();
    }

    private void accumulate(KernelText text, String steps) {
        text.open("for (int kk = 0; kk < %s; kk++) {", steps);
        text.line("%s x[%s], y[%s];", sum.type(), SUMS, SUMS);
        text.line("UNROLL");
        text.line("for (int i = 0; i < %s; i++) x[i] = as[kk * %s + row + %s * i];", SUMS, LINE, EDGE);
        text.line("UNROLL");
        text.line("for (int j = 0; j < %s; j++) y[j] = bs[kk * %s + column + %s * j];", SUMS, LINE, EDGE);
        eachSum(text, () -> text.line("acc[i][j] = %s;", sum.multiplyAdd("x[i]", "y[j]", "acc[i][j]")));
        text.close();
    }
}
