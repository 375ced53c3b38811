package dev.quern.codegen;

import dev.quern.codegen.ContractCode.Accumulator;
import java.util.List;
import java.util.function.Consumer;

/// A tile of sums that a group of items computes: each has some of them, in a grid; elements come through local memory,
/// [#STEPS] of `k` at a time. Every sum takes the steps of the plain form in their order.
///
/// @param rows of the tile
/// @param columns of the tile
/// @param items of the group
/// @param across items that lie along a row of the tile
record SumTile(KernelText text, Accumulator sum, int rows, int columns, int items, int across) {
    /// Steps of `k` that are in local memory at a time.
    static final int STEPS = 16;

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

    private int down() {
        return items / across;
    }

    /// Elements of local memory for `lines` rows or columns.
    static int elements(int lines) {
        return STEPS * line(lines);
    }

    /// One more than the lines, so that neighbours along `k` lie in different banks.
    private static int line(int lines) {
        return lines + 1;
    }

    /// Where an item's row `i` is, from the tile's first.
    private String row() {
        return "row + " + down() + " * i";
    }

    private String column() {
        return "column + " + across + " * j";
    }

    /// The item's place in the grid, once for all tiles of a group.
    void place() {
        text.line("int row = LOCAL_ITEM / %s;", across);
        text.line("int column = LOCAL_ITEM %% %s;", across);
    }

    void clear() {
        text.line("%s acc[%s][%s];", sum.type(), rows / down(), columns / across);
        eachSum(() -> text.line("acc[i][j] = 0;"));
    }

    private void eachSum(Runnable body) {
        text.line("UNROLL");
        text.open("for (int i = 0; i < %s; i++) {", rows / down());
        text.line("UNROLL");
        text.open("for (int j = 0; j < %s; j++) {", columns / across);
        body.run();
        text.close();
        text.close();
    }

    /// Writes what becomes of the finished sums, variables at row `m` and column `n` of all.
    ///
    /// @param top the first row of the tile
    /// @param left its first column
    void eachFinished(String top, String left, String rowEnd, String columnEnd, Consumer<String> body) {
        eachSum(() -> {
            text.line("int m = %s + %s;", top, row());
            text.line("int n = %s + %s;", left, column());
            text.open("if (m < %s && n < %s) {", rowEnd, columnEnd);
            body.accept(text.variable(sum.dtype(), sum.value("acc[i][j]")));
            text.close();
        });
    }

    /// The items of the group bring rows of `a` by steps; what is outside is 0 and not used.
    void fetchRows(Operand from, String to, List<String> batch, String start, String end, String steps) {
        fetch(from, to, rows, batch, start, end, steps);
    }

    /// The items of the group bring columns of `b` by steps; what is outside is 0 and not used.
    void fetchColumns(Operand from, String to, List<String> batch, String start, String end, String steps) {
        fetch(from, to, columns, batch, start, end, steps);
    }

    private void fetch(Operand from, String to, int lines, List<String> batch, String start, String end, String steps) {
        text.line("UNROLL");
        text.open("for (int e = LOCAL_ITEM; e < %s; e += %s) {", STEPS * lines, items);
        text.line("int kk = %s;", from.isAlongDepth() ? "e % " + STEPS : "e / " + lines);
        text.line("int line = %s;", from.isAlongDepth() ? "e / " + STEPS : "e % " + lines);
        text.line("int k = k0 + kk;");
        text.line("int at = %s + line;", start);
        text.line("%s x = 0;", sum.type());
        text.open("if (k < %s && at < %s) {", steps, end);
        text.line("x = %s;", from.element().value(text, batch, "at", "k"));
        text.close();
        text.line("%s[kk * %s + line] = x;", to, line(lines));
        text.close();
    }

    /// Adds the products of the steps that are in local memory, columns in `bs`.
    ///
    /// @param a gives the element of the item's row `i` at step `kk`
    /// @param steps the number of all steps
    void accumulate(String a, String steps) {
        text.open("if (k0 + %s <= %s) {", STEPS, steps);
        text.line("UNROLL");
        add(a, Integer.toString(STEPS));
        text.close();
        text.open("else {");
        add(a, steps + " - k0");
        text.close();
    }

    /// An element of the rows that [#fetchRows] brought into `array`.
    String fetched(String array) {
        return array + "[kk * " + line(rows) + " + " + row() + "]";
    }

    /// An element of rows that lie in local memory whole, `stride` apart.
    String kept(String array, String stride) {
        return array + "[(" + row() + ") * " + stride + " + k0 + kk]";
    }

    private void add(String a, String steps) {
        text.open("for (int kk = 0; kk < %s; kk++) {", steps);
        text.line("%s x[%s], y[%s];", sum.type(), rows / down(), columns / across);
        text.line("UNROLL");
        text.line("for (int i = 0; i < %s; i++) x[i] = %s;", rows / down(), a);
        text.line("UNROLL");
        text.line("for (int j = 0; j < %s; j++) y[j] = bs[kk * %s + %s];", columns / across, line(columns), column());
        eachSum(() -> text.line("acc[i][j] = %s;", sum.multiplyAdd("x[i]", "y[j]", "acc[i][j]")));
        text.close();
    }
}
